import { isRetryable, messageOf, TidemarkError } from '../../base/errors.ts';
import type { Offset } from '../../model/offset.ts';
import type { Place } from '../assignment.ts';
import type { PartitionHandler, PulledBatch } from '../partition-handler.ts';
import type { DebeziumSession } from './debezium-session.ts';

export interface DebeziumPartitionOptions {
  readonly place: Place;
  /** The session that all partitions share; a new one when the last has failed. */
  readonly openSession: () => Promise<DebeziumSession>;
  /** The partition belongs to another process now, and with it all of them. */
  readonly endSession: () => Promise<void>;
  readonly sessionTimeoutMs: number;
  readonly onRetry: (retry: { attempt: number; delayMs: number; reason: string }) => void;
}

/** One partition of the connector's topics. What may pass starts it anew from what is committed. */
export class DebeziumPartition implements PartitionHandler {
  readonly #options: DebeziumPartitionOptions;
  #session: DebeziumSession | undefined;
  #busy: Promise<void> = Promise.resolve();
  #failures = 0;

  constructor(options: DebeziumPartitionOptions) {
    this.#options = options;
  }

  async start(): Promise<Offset> {
    this.#session = await this.#options.openSession();
    return this.#session.startOf(this.#options.place);
  }

  async consume({ messages }: PulledBatch): Promise<void> {
    const done = this.#session!.consume(this.#options.place, messages);
    this.#busy = Promise.allSettled([done]).then(() => undefined);
    await done;
    this.#failures = 0;
  }

  passed(next: Offset): void {
    this.#session?.passTo(this.#options.place, next);
  }

  onFailure(error: unknown): { readonly delayMs: number } {
    const { sessionTimeoutMs, onRetry } = this.#options;
    const attempt = ++this.#failures;
    // Another process has taken over. Should no rebalance follow, the group still counts on this one.
    const isFenced = error instanceof TidemarkError && error.code === 'ERR_FENCED';
    if (!isFenced && !isRetryable(error)) throw error;
    const backoffMs = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** Math.min(attempt, 10));
    const delayMs = isFenced ? sessionTimeoutMs : backoffMs;
    onRetry({ attempt, delayMs, reason: messageOf(error) });
    return { delayMs };
  }

  revoke(): Promise<void> {
    return this.#options.endSession();
  }

  /** What is under way is committed; nothing more is taken. */
  async drain(): Promise<void> {
    await this.#busy;
  }
}

const BACKOFF_MIN_MS = 100;
const BACKOFF_MAX_MS = 15_000;
