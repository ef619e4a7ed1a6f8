import type { KafkaMessage } from 'kafkajs';
import { isRetryable, remedyOf, TidemarkError } from './base/errors.ts';
import type { Events } from './base/event-map.ts';
import type { TablePauses } from './base/table-pauses.ts';
import { troubleOf } from './base/trouble.ts';
import type { PartitionHandler, PulledBatch } from './log/partition-handler.ts';
import type { Offset } from './model/offset.ts';
import type { Entry } from './model/row.ts';
import type { PartitionWorker } from './watermark/partition-worker.ts';

export interface ArchivePartitionOptions {
  readonly table: string;
  readonly partition: number;
  readonly worker: PartitionWorker;
  readonly decode: (message: KafkaMessage) => Entry;
  readonly sessionTimeoutMs: number;
  readonly pauses: Pick<TablePauses, 'isPaused' | 'resumed'>;
  readonly events: Events;
}

/**
 * Joins the consumer's view of a partition with the worker that archives it, and decides what a failure means:
 * what may pass starts the partition anew from what is committed, what cannot pass ends the process.
 */
export class ArchivePartition implements PartitionHandler {
  readonly #options: ArchivePartitionOptions;
  #failures = 0;
  readonly #ended = new AbortController();

  constructor(options: ArchivePartitionOptions) {
    this.#options = options;
  }

  start(): Promise<Offset> {
    return this.#options.worker.start();
  }

  async consume(batch: PulledBatch): Promise<void> {
    const { decode, worker } = this.#options;
    await this.#whilePaused();
    if (this.#ended.signal.aborted) return;
    await worker.consume(batch.messages.map(decode));
    this.#failures = 0;
  }

  onFailure(error: unknown): { delayMs: number } {
    const { table, partition, events, sessionTimeoutMs } = this.#options;
    const attempt = ++this.#failures;
    const fenced = error instanceof TidemarkError && error.code === 'ERR_FENCED';
    const isFinal = !fenced && !isRetryable(error);
    // A fenced worker is in no trouble: another one goes on.
    if (!fenced)
      events.emit('partition:troubled', { table, partition, trouble: troubleOf(error, { isFinal }) });
    if (isFinal) throw this.#placed(error);
    const reason = (error as Error).message;
    events.emit('partition:failed', { table, partition, reason, remedy: remedyOf(error), attempt });
    // A fenced worker has lost its partition. Should no rebalance follow, the group still counts on this process.
    if (fenced) return { delayMs: sessionTimeoutMs };
    return { delayMs: Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** Math.min(attempt, 10)) };
  }

  /** Who reads it needs to know where. */
  #placed(error: unknown): unknown {
    if (!(error instanceof TidemarkError)) return error;
    const { table, partition } = this.#options;
    const detail = `${table}, partition ${partition}: ${error.detail}`;
    return new TidemarkError(error.code, { detail, remedy: error.remedy, cause: error });
  }

  revoke(): Promise<void> {
    this.#ended.abort();
    return this.#options.worker.revoke();
  }

  drain(): Promise<void> {
    this.#ended.abort();
    return this.#options.worker.drain();
  }

  /** Told as a trouble again and again, so that `tidemark explain` names it from outside too. */
  async #whilePaused(): Promise<void> {
    const { table, partition, pauses, events } = this.#options;
    const { signal } = this.#ended;
    while (pauses.isPaused(table) && !signal.aborted) {
      const detail = `${table} is paused at the console of this process`;
      const trouble = troubleOf(new TidemarkError('ERR_TABLE_PAUSED', { detail }), { isFinal: false });
      events.emit('partition:troubled', { table, partition, trouble });
      await pauses.resumed(table, { signal, timeoutMs: TOLD_AGAIN_AFTER_MS });
    }
  }
}

/** A reader of the events looks at the newest ones only. */
const TOLD_AGAIN_AFTER_MS = 30_000;

const BACKOFF_MIN_MS = 100;
const BACKOFF_MAX_MS = 15_000;
