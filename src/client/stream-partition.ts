import pRetry from 'p-retry';
import { messageOf, TidemarkError } from '../base/errors.ts';
import { isPassingCommitFailure } from '../log/commit-failure.ts';
import { readEvent } from '../log/event-contract.ts';
import { isKafkaOutage } from '../log/kafka-outage.ts';
import type { PartitionHandler, PulledBatch } from '../log/partition-handler.ts';
import { offset } from '../model/offset.ts';
import type { Offset } from '../model/offset.ts';
import { DeliveryAccount } from './delivery-account.ts';
import type { Delivery } from './delivery.ts';
import type { Fold } from './fold.ts';
import type { HandOver } from './hand-over.ts';
import { encodePosition } from './position.ts';
import type { StreamPosition } from './position.ts';

export interface StreamPartitionOptions<T> {
  /** Topic and group, for messages. */
  readonly what: string;
  readonly handOver: HandOver<Delivery<T>>;
  readonly readStart: () => Promise<StreamPosition>;
  readonly createFold: (start: StreamPosition) => Fold<T>;
  /** @throws what KafkaJS throws. */
  readonly commit: (position: StreamPosition) => Promise<void>;
  /** Ends the stream. */
  readonly fail: (error: unknown) => void;
  readonly onWarning: (text: string) => void;
}

const START_AGAIN_AFTER_MS = 1_000;
const COMMIT_PAUSE_MS = { minTimeout: 100, maxTimeout: 5_000 };

/** From one assignment to its end; the next one begins with nothing. */
interface Life<T> {
  readonly start: StreamPosition;
  readonly fold: Fold<T>;
  readonly account: DeliveryAccount;
}

interface Message {
  readonly at: Offset;
  readonly json: string;
}

/** Makes deliveries of the events of a topic, hands them over one by one, and commits behind those that are done. */
export class StreamPartition<T> implements PartitionHandler {
  readonly #options: StreamPartitionOptions<T>;
  #life: Life<T> | undefined;

  constructor(options: StreamPartitionOptions<T>) {
    this.#options = options;
  }

  async start(): Promise<Offset> {
    this.#end('it starts anew');
    const { readStart, createFold, handOver } = this.#options;
    const start = await readStart();
    const account = new DeliveryAccount({
      commit: (position, signal) => this.#commit(position, signal),
      release: () => handOver.release(),
    });
    this.#life = { start, fold: createFold(start), account };
    return start.needed;
  }

  async consume({ messages }: PulledBatch): Promise<void> {
    const life = this.#life;
    for (const { offset: at, value } of messages) {
      if (life === undefined || life.account.signal.aborted) return;
      await this.#take(life, { at: offset(at), json: value?.toString('utf8') ?? '' });
    }
  }

  onFailure(error: unknown): { readonly delayMs: number } {
    // What was under way when the partition went to another.
    const isOver = error instanceof TidemarkError && error.code === 'ERR_FENCED';
    if (!isOver && !isKafkaOutage(error)) throw error;
    this.#options.onWarning(`${this.#options.what}: ${messageOf(error)}`);
    return { delayMs: START_AGAIN_AFTER_MS };
  }

  revoke(): Promise<void> {
    this.#end('another subscriber of the group has taken over');
    return Promise.resolve();
  }

  /** Commits what is done. What is not comes again. */
  async drain(): Promise<void> {
    await this.#life?.account.flushed();
    this.#end('the stream was closed');
  }

  #end(reason: string): void {
    const detail = `${this.#options.what}: ${reason}; what was not done comes again`;
    this.#life?.account.end(new TidemarkError('ERR_FENCED', { detail }));
    this.#life = undefined;
  }

  async #take(life: Life<T>, message: Message): Promise<void> {
    const { fold, start, account } = life;
    const { at } = message;
    const before = { needed: fold.needed ?? at, floor: fold.floor };
    const made = this.#read(life, message);
    if (at < start.next) return;
    const next = offset(at + 1);
    const after = { needed: fold.needed ?? next, next, done: 0, floor: fold.floor };
    const skipped = at === start.next ? start.done : 0;
    if (made.length <= skipped) account.pass(after);
    for (let index = skipped; index < made.length; index++) {
      const isLast = index === made.length - 1;
      await this.#deliver(life, made[index]!, isLast ? after : { ...before, next: at, done: index + 1 });
    }
  }

  #read({ fold }: Life<T>, { at, json }: Message): readonly T[] {
    const read = readEvent(json);
    if (read === undefined) return [];
    if ('event' in read) return fold.take(read.event, at);
    this.#options.onWarning(`${this.#options.what}, offset ${at}: ${read.problem}; it is passed over`);
    return [];
  }

  async #deliver({ account }: Life<T>, value: T, position: StreamPosition): Promise<void> {
    const ticket = account.issue(position);
    const delivery = { value, position: encodePosition(position), done: () => account.done(ticket) };
    await this.#options.handOver.offer(delivery, account.signal);
  }

  /** The work is done; as long as the partition is ours, what may pass is waited for. */
  async #commit(position: StreamPosition, signal: AbortSignal): Promise<void> {
    const { commit, onWarning, what, fail } = this.#options;
    try {
      await pRetry(() => commit(position), {
        ...{ retries: Number.POSITIVE_INFINITY, ...COMMIT_PAUSE_MS, signal },
        shouldRetry: ({ error }) => isPassingCommitFailure(error),
        onFailedAttempt: ({ error, attemptNumber }) => {
          // The first one is a rebalance, as a rule.
          if (attemptNumber > 1) onWarning(`${what}, commit, try ${attemptNumber}: ${error.message}`);
        },
      });
    } catch (error) {
      if (!signal.aborted) fail(error);
      throw error;
    }
  }
}
