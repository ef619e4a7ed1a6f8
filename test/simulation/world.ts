import type { CommitUnit } from '../../src/model/commit-unit.ts';
import type { Micros } from '../../src/model/micros.ts';
import type { Entry } from '../../src/model/row.ts';
import type { GatherWindowsOptions } from '../../src/streams/gather-windows.ts';
import { gatherOutcome } from '../support/gather-log.ts';
import { startProgress } from '../support/log-builder.ts';
import { randomLog } from '../support/random-log.ts';
import type { Random } from '../support/seed.ts';
import { checkAnnounced, checkArchived, checkCommit } from './checks.ts';
import { FakeGroupPartition } from './fake-group.ts';
import { FakeSealStore } from './fake-seal-store.ts';
import { FakeTableRow } from './fake-table-row.ts';

export interface WorldOptions {
  readonly table: string;
  readonly holdMicros: number;
  readonly firstWatermark: Micros;
  readonly gather: Omit<GatherWindowsOptions, 'progress'>;
}

/** What outlives every process: the logs, the seal store, the group's offsets, the row in Postgres. */
export class World {
  readonly options: WorldOptions;
  readonly logs: readonly (readonly Entry[])[];
  readonly store = new FakeSealStore();
  readonly group: readonly FakeGroupPartition[];
  readonly row: FakeTableRow;
  readonly #references: readonly (readonly CommitUnit[])[];
  /** archived_until was moved past what some partition has committed. */
  #isRowAhead = false;

  constructor(random: Random) {
    this.options = randomOptions(random);
    const atLeastOnce = random.chance(0.3);
    const { sizeMicros } = this.options.gather;
    this.logs = Array.from({ length: random.between(1, 3) }, () =>
      randomLog({ random, entryCount: random.between(5, 60), sizeMicros, atLeastOnce }),
    );
    this.#references = this.logs.map((entries) => this.#gatherUndisturbed(entries));
    this.group = this.logs.map((entries) => this.#groupPartition(entries, random));
    this.row = new FakeTableRow({
      archivedUntil: this.options.firstWatermark,
      inspect: (to) => this.#noteUpdate(to),
    });
  }

  /** Asked after every life. */
  checkLife(): void {
    if (this.#isRowAhead) throw new Error('simulation: archived_until was ahead of a partition');
  }

  /** Asked when all partitions have read to the end of their logs. */
  checkEnd(): void {
    this.checkLife();
    this.group.forEach(({ commits }, partition) => {
      const entries = this.logs[partition]!;
      checkArchived({ commits, reference: this.#references[partition]!, entries, store: this.store });
    });
    checkAnnounced(
      this.group.flatMap(({ commits }) => commits),
      this.store,
    );
    const least = Math.min(...this.group.map(({ watermark }) => watermark!));
    if (this.row.archivedUntil !== least) {
      throw new Error(`simulation: archived_until is ${this.row.archivedUntil}, the partitions say ${least}`);
    }
  }

  /** Only noted here: the writer would take an error for a Postgres that is away, and try again for ever. */
  #noteUpdate(to: Micros): void {
    this.#isRowAhead ||= this.group.some(({ watermark }) => watermark === null || watermark < to);
  }

  #groupPartition(entries: readonly Entry[], random: Random): FakeGroupPartition {
    const partition: FakeGroupPartition = new FakeGroupPartition({
      random,
      inspect: (commit, before) =>
        checkCommit({ commit, before, earlier: partition.commits, entries, store: this.store }),
    });
    return partition;
  }

  #gatherUndisturbed(entries: readonly Entry[]): readonly CommitUnit[] {
    const progress = startProgress({ watermark: this.options.firstWatermark });
    const { units, error } = gatherOutcome({ entries, options: { ...this.options.gather, progress } });
    if (error !== null) throw error as Error;
    return units;
  }
}

function randomOptions(random: Random): WorldOptions {
  const sizeMicros = random.pick([1, 7, 10, 60]);
  return {
    table: 'public.files',
    holdMicros: random.between(0, sizeMicros * 3),
    // Aligned or not: `init --from` takes any time.
    firstWatermark: random.between(0, sizeMicros * 4) as Micros,
    gather: {
      sizeMicros,
      latenessMicros: random.between(0, sizeMicros * 2),
      aheadMaxMicros: sizeMicros * 10,
      rowsMax: random.pick([2, 5, 1_000]),
      bytesMax: random.pick([200_000, 100_000_000]),
      lateRowsMax: random.pick([1, 4, 1_000]),
      rejectsMax: random.pick([1, 3, 1_000]),
    },
  };
}
