import type { Admin, Kafka, Producer } from 'kafkajs';
import { isRetryable, TidemarkError } from '../base/errors.ts';
import { failpoint } from '../base/failpoint.ts';
import { endsWithin } from '../base/patience.ts';
import { offset } from '../model/offset.ts';
import type { Offset } from '../model/offset.ts';
import type { Progress } from '../model/progress.ts';
import { whileCoordinatorMoves } from './coordinator-moves.ts';
import { protocolTypeOf } from './fencing.ts';
import { isBare, isNone, readCommittedOffsets } from './group-progress.ts';
import type { CommittedOffset } from './group-progress.ts';
import { kafkaFailure } from './kafka-failure.ts';
import { findMissingTopics } from './missing-topics.ts';
import { largestOutgoing, sendByTopic } from './outgoing.ts';
import type { OutgoingMessage } from './outgoing.ts';
import { decodeProgress, encodeProgress } from './progress-codec.ts';
import { TRANSACTION_TIMEOUT_MS, transactionFailure } from './transaction-failure.ts';

/** A connection to a broker that no longer answers is given up. */
const CLOSE_WITHIN_MS = 1_000;

export interface PartitionCommitterOptions {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly groupId: string;
  readonly topic: string;
  readonly partition: number;
}

/**
 * Owns one partition's progress: events, rejects, offset and watermark become visible together or not at all.
 *
 * KafkaJS has no KIP-447, so what keeps a zombie out is the transactional.id, one for each (group, topic,
 * partition): {@link open} fences its previous owner *before* the offset is read.
 */
export class PartitionCommitter {
  readonly #options: PartitionCommitterOptions;
  #producer: Producer | undefined;

  constructor(options: PartitionCommitterOptions) {
    this.#options = options;
  }

  /**
   * Fences every earlier owner, then reads what the group has committed and where the log begins.
   *
   * @returns `progress` null when nothing is committed for this partition; `isReset` when somebody has set its offset to
   * the beginning of the log, which skips nothing that is there.
   * @throws TidemarkError ERR_KAFKA_TRANSACTION, ERR_METADATA_INVALID, ERR_TOPIC_INVALID when the topic was deleted,
   * ERR_LOG_TRUNCATED when rows that were not archived are no longer in the log (KafkaJS alone would jump over them in
   * silence).
   */
  async open(): Promise<{ progress: Progress | null; logStart: Offset; isReset: boolean }> {
    await this.close();
    const { groupId, topic, partition } = this.#options;
    this.#producer = this.#options.kafka.producer({
      transactionalId: `${groupId}.${topic}.${partition}`,
      idempotent: true,
      maxInFlightRequests: 1,
      transactionTimeout: TRANSACTION_TIMEOUT_MS,
      retry: { initialRetryTime: 20, maxRetryTime: 1_000, retries: 10 },
    });
    await this.#guard('fence', async (producer) => {
      await producer.connect();
      // InitProducerId goes out with the first transaction, not with connect: only now is the old owner fenced.
      const fence = await producer.transaction();
      await fence.abort();
    });
    const [committed, bounds] = await this.#read();
    const logStart = bounds.low;
    if (isNone(committed)) return { progress: null, logStart, isReset: false };
    if (isBare(committed) && Number(committed.offset) <= logStart)
      return { progress: null, logStart, isReset: true };
    const progress = decodeProgress(committed);
    this.#checkWithin(progress, bounds);
    return { progress, logStart, isReset: false };
  }

  /**
   * One Kafka transaction. When it throws the outcome is unknown: open again and read what holds.
   *
   * @throws TidemarkError ERR_FENCED when another process owns the partition, ERR_KAFKA_TRANSACTION otherwise.
   */
  async commit(update: { messages: readonly OutgoingMessage[]; progress: Progress }): Promise<void> {
    const { groupId, topic, partition } = this.#options;
    await this.#guard(
      'commit',
      async (producer) => {
        const transaction = await producer.transaction();
        // `send` before `sendOffsets`: the other order meets CONCURRENT_TRANSACTIONS half of the time.
        await sendByTopic(transaction, update.messages);
        failpoint('archive:events-sent');
        const committed = {
          partition,
          offset: String(update.progress.offset),
          metadata: encodeProgress(update.progress),
        };
        await transaction.sendOffsets({
          consumerGroupId: groupId,
          topics: [{ topic, partitions: [committed] }],
        });
        failpoint('archive:offsets-sent');
        await transaction.commit();
      },
      update.messages,
    );
    failpoint('archive:committed');
  }

  async close(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    if (producer !== undefined) await endsWithin(CLOSE_WITHIN_MS, producer.disconnect());
  }

  async #read(): Promise<[CommittedOffset, { low: Offset; high: Offset }]> {
    try {
      const read = () => Promise.all([this.#readCommitted(), this.#readBounds()]);
      return await whileCoordinatorMoves(read, isRetryable);
    } catch (cause) {
      if (cause instanceof TidemarkError) throw cause;
      // KafkaJS hopes for a topic that was deleted as for a broker that is away.
      if (protocolTypeOf(cause) === 'UNKNOWN_TOPIC_OR_PARTITION') {
        const missing = await findMissingTopics(this.#options.kafka, [this.#options.topic]);
        if (missing !== undefined) throw missing;
      }
      throw kafkaFailure(`offsets of ${this.#options.topic}/${this.#options.partition}`, cause);
    }
  }

  async #readCommitted(): Promise<CommittedOffset> {
    const committed = await readCommittedOffsets(this.#options);
    return committed[this.#options.partition] ?? { offset: '-1', metadata: null };
  }

  async #readBounds(): Promise<{ low: Offset; high: Offset }> {
    const { admin, topic, partition } = this.#options;
    const bounds = (await admin.fetchTopicOffsets(topic)).find(
      (candidate) => candidate.partition === partition,
    );
    if (bounds === undefined) {
      throw new TidemarkError('ERR_TOPIC_INVALID', { detail: `${topic} has no partition ${partition}` });
    }
    return { low: offset(bounds.low), high: offset(bounds.high) };
  }

  #checkWithin(progress: Progress, bounds: { low: Offset; high: Offset }): void {
    const place = `${this.#options.topic}/${this.#options.partition}`;
    if (progress.offset < bounds.low) {
      throw new TidemarkError('ERR_LOG_TRUNCATED', {
        detail: `${place} begins at offset ${bounds.low}, but rows from ${progress.offset} on were not archived yet: up to ${bounds.low - progress.offset} records are gone`,
      });
    }
    if (progress.offset > bounds.high) {
      throw new TidemarkError('ERR_LOG_TRUNCATED', {
        detail: `${place} ends at offset ${bounds.high}, before the committed offset ${progress.offset}: the topic was made anew or lost its end`,
      });
    }
  }

  /** A producer is stuck in COMMITTING after a failure: throw it away with the error. */
  async #guard(
    step: string,
    act: (producer: Producer) => Promise<void>,
    messages: readonly OutgoingMessage[] = [],
  ): Promise<void> {
    const producer = this.#producer;
    const { topic, partition } = this.#options;
    const place = `${topic}/${partition}`;
    if (producer === undefined) {
      throw new TidemarkError('ERR_KAFKA_TRANSACTION', {
        detail: `${step} of ${place}: the producer is closed`,
      });
    }
    const begunMs = performance.now();
    try {
      await act(producer);
    } catch (cause) {
      this.#producer = undefined;
      await endsWithin(CLOSE_WITHIN_MS, producer.disconnect());
      const tookMs = performance.now() - begunMs;
      const largest = () => largestOutgoing(messages);
      throw transactionFailure(`${step} of ${place}`, { cause, tookMs, largest });
    }
  }
}
