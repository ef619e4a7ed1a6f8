import { TidemarkError } from '../../src/base/errors.ts';
import { Events } from '../../src/base/event-map.ts';
import type { Micros } from '../../src/model/micros.ts';
import type { Entry } from '../../src/model/row.ts';
import { splitDue } from '../../src/streams/gate.ts';
import { gatherWindows } from '../../src/streams/gather-windows.ts';
import { ArchivedUntilWriter } from '../../src/watermark/archived-until-writer.ts';
import { PartitionWorker } from '../../src/watermark/partition-worker.ts';
import type { Random } from '../support/seed.ts';
import type { Life } from './life.ts';
import type { World } from './world.ts';

/** Every batch ends somewhere else: where a batch ends must not matter. */
const BATCH_ENTRIES_MAX = 12;

export type Ending = 'finished' | 'fenced' | 'revoked' | 'drained';

/** One process that archives one partition: the real worker and the real writer over the world's fakes. */
export class ArchiveProcess {
  readonly #world: World;
  readonly #partition: number;
  readonly #life: Life;
  readonly #random: Random;
  readonly #worker: PartitionWorker;
  readonly #writer: ArchivedUntilWriter;
  #isDraining = false;
  #isRevoked = false;

  constructor(options: { world: World; partition: number; life: Life; random: Random }) {
    this.#world = options.world;
    this.#partition = options.partition;
    this.#life = options.life;
    this.#random = options.random;
    this.#writer = this.#makeWriter();
    this.#worker = this.#makeWorker();
  }

  /** Reads to the end of the log, or as far as the process gets. */
  async run(): Promise<Ending> {
    for (;;) {
      try {
        await this.#readToEnd();
        await this.#writer.drain(new AbortController().signal);
        return this.#isDraining ? 'drained' : 'finished';
      } catch (error) {
        if (this.#isRevoked) return 'revoked';
        if (!(error instanceof TidemarkError)) throw error;
        if (error.code === 'ERR_FENCED') return 'fenced';
        // As the consumer does: what may pass starts the partition anew from what is committed.
        if (!error.retryable) throw error;
      }
    }
  }

  async revoke(): Promise<void> {
    this.#isRevoked = true;
    await this.#worker.revoke();
    await this.#writer.stop();
  }

  async drain(): Promise<void> {
    this.#isDraining = true;
    await this.#worker.drain();
  }

  /** What a start does for the row in Postgres: it may be behind what was committed before the last crash. */
  async catchUp(): Promise<void> {
    this.#writer.request();
    await this.#writer.drain(new AbortController().signal);
  }

  async #readToEnd(): Promise<void> {
    const start = await this.#worker.start();
    let rest: readonly Entry[] = this.#world.logs[this.#partition]!.filter(({ offset }) => offset >= start);
    while (rest.length > 0 && !this.#isDraining) {
      const count = this.#random.between(1, BATCH_ENTRIES_MAX);
      await this.#worker.consume(rest.slice(0, count));
      rest = rest.slice(count);
    }
  }

  #makeWriter(): ArchivedUntilWriter {
    const { group, row, options } = this.#world;
    return new ArchivedUntilWriter({
      table: options.table,
      partitionCount: group.length,
      readWritten: async () => {
        await this.#life.step('row not yet read');
        return row.archivedUntil;
      },
      readCommitted: async () => {
        await this.#life.step('committed watermarks not yet read');
        return group.map(({ watermark }) => watermark);
      },
      advance: async (to) => {
        await this.#life.step('not yet updated');
        row.advance(to);
        await this.#life.step('updated');
      },
      events: new Events(),
    });
  }

  #makeWorker(): PartitionWorker {
    const { group, store, options } = this.#world;
    // Each process has a clock of its own, right or wrong: it may decide when, never what.
    let now = this.#random.between(0, 10_000) as Micros;
    return new PartitionWorker({
      table: options.table,
      partition: this.#partition,
      partitionCount: group.length,
      holdMicros: options.holdMicros,
      windowSizeMicros: options.gather.sizeMicros,
      gather: (progress) => gatherWindows({ ...options.gather, progress }),
      splitDue,
      seal: store.sealFor(this.#life),
      log: group[this.#partition]!.logFor(this.#life),
      begin: () => Promise.resolve({ watermark: options.firstWatermark, early: [] }),
      onWatermark: () => this.#writer.request(),
      clock: { now: () => now },
      waitUntil: async (until, signal) => {
        await this.#life.step('gate');
        signal.throwIfAborted();
        if (until > now) now = until;
      },
      events: new Events(),
    });
  }
}
