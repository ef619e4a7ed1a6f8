import { assert } from './base/assert.ts';
import type { Clock } from './base/clock.ts';
import { isRetryable, TidemarkError } from './base/errors.ts';
import type { Events } from './base/event-map.ts';
import { failpoint } from './base/failpoint.ts';
import { troubleOf } from './base/trouble.ts';
import { decodeCleanupNote, encodeCleanupNote } from './cleanup-note.ts';
import { readAnnouncedShard } from './log/announced-shard.ts';
import type { PartitionHandler, PulledBatch } from './log/partition-handler.ts';
import type { AnnouncedShard, CleanupTally } from './model/cleanup.ts';
import { formatMicros } from './model/micros.ts';
import type { Micros } from './model/micros.ts';
import { offset } from './model/offset.ts';
import type { Offset } from './model/offset.ts';

export interface CleanupPartitionOptions {
  readonly table: string;
  /** Of the topic of the events. */
  readonly partition: number;
  readonly afterMicros: number;
  /** Where to go on, and what the last owner has left with it. */
  readonly readStart: () => Promise<{ readonly next: Offset; readonly note: string }>;
  /** Removes the source files of a committed shard, durably. */
  readonly clean: (
    shard: AnnouncedShard,
    work: { readonly signal: AbortSignal; readonly onFailing: (trouble: string) => Promise<void> },
  ) => Promise<CleanupTally>;
  /** @throws TidemarkError ERR_FENCED, ERR_KAFKA_UNREACHABLE. */
  readonly commit: (place: { readonly next: Offset; readonly note: string }) => Promise<void>;
  readonly waitUntil: (time: Micros, signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  readonly events: Events;
}

/** Events of other tables move the offset too; a commit for each batch of them would be for nothing. */
const COMMIT_PASSED_EVERY_MICROS = 5_000_000;

const BACKOFF_MIN_MS = 100;
const BACKOFF_MAX_MS = 15_000;

/**
 * Works on the announced shards of one table in one partition of the events, in their order: waits until one is old
 * enough, removes its source files, commits the offset behind it. What is not committed is done again, and finds
 * removed what was removed. A shard that does not get on holds up those behind it, so nothing is ever passed over.
 */
export class CleanupPartition implements PartitionHandler {
  readonly #options: CleanupPartitionOptions;
  #abort = new AbortController();
  #busy: Promise<void> = Promise.resolve();
  #failures = 0;
  /** Undefined before the first start. */
  #committed: Offset | undefined;
  #committedAt = 0;
  #doneUntil: string | null = null;
  #word: Promise<void> = Promise.resolve();

  constructor(options: CleanupPartitionOptions) {
    this.#options = options;
  }

  async start(): Promise<Offset> {
    this.#abort.abort(new Error('restarted'));
    this.#abort = new AbortController();
    const { next, note } = await this.#options.readStart();
    this.#doneUntil = decodeCleanupNote(note).doneUntil;
    this.#committed = next;
    return next;
  }

  consume(batch: PulledBatch): Promise<void> {
    const done = this.#consume(batch, this.#abort.signal);
    this.#busy = Promise.allSettled([done]).then(() => undefined);
    return done;
  }

  onFailure(error: unknown): { delayMs: number } {
    const { table, partition, events } = this.#options;
    const attempt = ++this.#failures;
    const isFenced = error instanceof TidemarkError && error.code === 'ERR_FENCED';
    const isFinal = !isFenced && !isRetryable(error);
    const trouble = troubleOf(error, { isFinal });
    if (!isFenced) {
      this.#leaveWord(trouble.code === null ? trouble.detail : `${trouble.code}: ${trouble.detail}`);
      if (!isFinal) events.emit('cleanup:troubled', { table, partition, trouble, attempt });
    }
    if (isFinal) throw error;
    return { delayMs: Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** Math.min(attempt, 10)) };
  }

  /** The file at hand is settled, the rest of its shard is for the next owner. */
  async revoke(): Promise<void> {
    this.#abort.abort(new Error('revoked'));
    await Promise.all([this.#busy, this.#word]);
  }

  /** A shard may have a hundred thousand files; nothing is lost by doing the rest of it later. */
  drain(): Promise<void> {
    return this.revoke();
  }

  async #consume({ messages }: PulledBatch, signal: AbortSignal): Promise<void> {
    const { table, clock } = this.#options;
    for (const message of messages) {
      signal.throwIfAborted();
      const shard = readAnnouncedShard(message.value, table);
      const next = offset(Number(message.offset) + 1);
      if (shard !== undefined) await this.#cleanShard(shard, next, signal);
      else if (clock.now() - this.#committedAt > COMMIT_PASSED_EVERY_MICROS) await this.#commit(next, null);
    }
    this.#failures = 0;
  }

  async #cleanShard(shard: AnnouncedShard, next: Offset, signal: AbortSignal): Promise<void> {
    const { table, partition, afterMicros, clock, waitUntil, clean, events } = this.#options;
    const until = (shard.time + afterMicros) as Micros;
    if (until > clock.now()) {
      events.emit('cleanup:waiting', { table, partition, shard: shard.name, until });
      await waitUntil(until, signal);
    }
    const startedAt = clock.now();
    const before = this.#committed;
    assert(before !== undefined, 'a batch came before the partition was started');
    const onFailing = (trouble: string) => this.#commit(before, trouble);
    const tally = await clean(shard, { signal, onFailing });
    signal.throwIfAborted();
    this.#doneUntil = formatMicros(shard.time);
    await this.#commit(next, null);
    failpoint('cleanup:committed');
    const durationMs = (clock.now() - startedAt) / 1_000;
    const { name, time: announcedAt } = shard;
    events.emit('cleanup:cleaned', { table, partition, shard: name, tally, announcedAt, durationMs });
    this.#failures = 0;
  }

  async #commit(next: Offset, trouble: string | null): Promise<void> {
    await this.#options.commit({ next, note: encodeCleanupNote({ doneUntil: this.#doneUntil, trouble }) });
    this.#committed = next;
    this.#committedAt = this.#options.clock.now();
  }

  /** For `tidemark status`. Where even this cannot be committed, Kafka is the trouble, and status sees that itself. */
  #leaveWord(trouble: string): void {
    if (this.#committed === undefined || this.#abort.signal.aborted) return;
    this.#word = this.#commit(this.#committed, trouble).catch(() => undefined);
  }
}
