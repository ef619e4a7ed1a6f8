import pRetry from 'p-retry';
import type { Events } from '../base/event-map.ts';
import { failpoint } from '../base/failpoint.ts';
import type { Micros } from '../model/micros.ts';
import { TableWatermark } from './table-watermark.ts';

export interface ArchivedUntilWriterOptions {
  /** `schema.name`. */
  readonly table: string;
  readonly partitionCount: number;
  /** What the row says now. */
  readonly readWritten: () => Promise<Micros>;
  /** The group's committed watermark of every partition. */
  readonly readCommitted: () => Promise<readonly (Micros | null)[]>;
  /** The monotone UPDATE of one row. */
  readonly advance: (to: Micros) => Promise<void>;
  readonly events: Events;
}

/**
 * Moves `des_archive_config.archived_until` after the Kafka commit, one UPDATE a window. When Postgres is away,
 * sealing goes on and the row follows later: requests that come meanwhile become one.
 */
export class ArchivedUntilWriter {
  readonly #options: ArchivedUntilWriterOptions;
  #watermark: TableWatermark | undefined;
  readonly #abort = new AbortController();
  #wanted = false;
  #running: Promise<void> | undefined;

  constructor(options: ArchivedUntilWriterOptions) {
    this.#options = options;
  }

  /** A partition's watermark may have moved. Returns at once. */
  request(): void {
    if (this.#abort.signal.aborted) return;
    this.#wanted = true;
    this.#running ??= this.#runUntilQuiet().finally(() => {
      this.#running = undefined;
      // A request that came between the last look and this moment would be lost otherwise.
      if (this.#wanted && !this.#abort.signal.aborted) this.request();
    });
  }

  /** Waits until the row says what is committed, at most as long as the signal allows; later requests are void. */
  async drain(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#abort.abort(signal.reason), { once: true });
    // A request that came at the last moment has begun another round.
    while (this.#running !== undefined) await this.#running;
    this.#abort.abort(new Error('drained'));
  }

  stop(): Promise<void> {
    this.#abort.abort(new Error('stopped'));
    return this.#running ?? Promise.resolve();
  }

  async #runUntilQuiet(): Promise<void> {
    while (this.#wanted && !this.#abort.signal.aborted) {
      this.#wanted = false;
      await this.#follow();
    }
  }

  async #follow(): Promise<void> {
    const { events, table } = this.#options;
    try {
      await pRetry(() => this.#moveOnce(), {
        retries: Number.POSITIVE_INFINITY,
        minTimeout: 200,
        maxTimeout: 10_000,
        signal: this.#abort.signal,
        onFailedAttempt: ({ error, attemptNumber }) => {
          if (this.#abort.signal.aborted) return;
          events.emit('watermark:waiting', { table, reason: error.message, attempt: attemptNumber });
        },
      });
    } catch (error) {
      // Stopped while it waited: the next start reads the group's metadata again and catches up.
      if (!this.#abort.signal.aborted) throw error;
    }
  }

  async #moveOnce(): Promise<void> {
    const { readWritten, readCommitted, partitionCount, advance, events, table } = this.#options;
    this.#watermark ??= new TableWatermark({ written: await readWritten(), partitionCount });
    const from = this.#watermark.written;
    const to = this.#watermark.computeTarget(await readCommitted());
    if (to === null) return;
    failpoint('archive:before-update');
    await advance(to);
    this.#watermark.noteWritten(to);
    events.emit('watermark:moved', { table, from, to });
    failpoint('archive:updated');
  }
}
