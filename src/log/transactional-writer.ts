import type { Admin, Kafka, Producer, Transaction } from 'kafkajs';
import { TidemarkError } from '../base/errors.ts';
import { failpoint } from '../base/failpoint.ts';
import { endsWithin } from '../base/patience.ts';
import type { CapturePosition, PendingMark } from '../model/capture-position.ts';
import { formatLsn } from '../model/lsn.ts';
import type { CapturedRow } from '../model/row.ts';
import { findTableTopics, readCommittedPosition } from './committed-position.ts';
import { sourceOffsets } from './debezium/source-codec.ts';
import { encodePartition, encodePosition } from './position-codec.ts';
import type { PartitionCounters } from './position-codec.ts';
import { kafkaFailure } from './kafka-failure.ts';
import { markMessages, RecordPieces } from './record-pieces.ts';
import type { TableTopic } from './record-pieces.ts';
import { TRANSACTION_TIMEOUT_MS, transactionFailure } from './transaction-failure.ts';
import type { LargestMessage } from './transaction-failure.ts';

/** A connection to a broker that no longer answers is given up. */
const CLOSE_WITHIN_MS = 1_000;

export interface TransactionalWriterOptions {
  readonly kafka: Kafka;
  /** Prefix of topics and groups, `tidemark` unless configured. */
  readonly name: string;
  /** `schema.name` of each table. */
  readonly tables: readonly string[];
  /** Topics of a connector that stands in for our own capture: the position says how far they are read. */
  readonly sources?: readonly string[];
}

/** What one Kafka transaction makes true. The mark stands behind the rows. */
export interface WriterBatch {
  readonly rows: readonly CapturedRow[];
  readonly mark: PendingMark | null;
  readonly position: CapturePosition;
}

/**
 * Capture's side of the log: rows, marks and the position become visible together or not at all.
 *
 * The position is offset metadata of the group `<name>-capture`: the global part on partition 0 of `<name>.shards`,
 * the counters of each data partition on that partition, a table's snapshot on its partition 0.
 */
export class TransactionalWriter {
  readonly #options: TransactionalWriterOptions;
  readonly #group: string;
  #admin: Admin | undefined;
  #producer: Producer | undefined;
  #pieces: RecordPieces | undefined;
  #topics = new Map<string, TableTopic>();

  constructor(options: TransactionalWriterOptions) {
    this.#options = options;
    this.#group = `${options.name}-capture`;
  }

  /**
   * Fences every earlier owner, then reads what it committed last.
   *
   * @returns null when nothing was ever committed.
   * @throws TidemarkError ERR_TOPIC_INVALID, ERR_METADATA_INVALID, ERR_KAFKA_TRANSACTION; as kafkaFailure has it.
   */
  async open(): Promise<CapturePosition | null> {
    await this.close();
    const admin = this.#options.kafka.admin();
    try {
      await admin.connect();
      this.#admin = admin;
      this.#topics = await findTableTopics(admin, this.#options);
    } catch (cause) {
      throw kafkaFailure('', cause);
    }
    this.#producer = this.#options.kafka.producer({
      transactionalId: this.#group,
      idempotent: true,
      maxInFlightRequests: 1,
      transactionTimeout: TRANSACTION_TIMEOUT_MS,
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition ?? 0,
      retry: { initialRetryTime: 10, maxRetryTime: 1_000, retries: 12 },
    });
    return this.#guard('fence', async (producer) => {
      await producer.connect();
      // InitProducerId goes out with the first transaction, not with connect: only now is the old owner fenced.
      const fence = await producer.transaction();
      await fence.abort();
      return readCommittedPosition(admin, { ...this.#options, group: this.#group, topics: this.#topics });
    });
  }

  /** Rows sent since the last mark are then in no mark; the total stays. */
  countAnew(): void {
    for (const { counters } of this.#topics.values()) for (const counter of counters) counter.rows = 0;
  }

  /**
   * One Kafka transaction. When it throws the outcome is unknown: open again and read what holds.
   *
   * @throws TidemarkError ERR_FENCED when another process owns the position, ERR_KAFKA_TRANSACTION otherwise.
   */
  async write({ rows, mark, position }: WriterBatch): Promise<void> {
    // Made anew after a failure: a piece that was under way may have left its packs full.
    const pieces = (this.#pieces ??= new RecordPieces());
    await this.#guard(
      'commit',
      async (producer) => {
        const transaction = await producer.transaction();
        for (const { topic, messages } of pieces.of(rows, this.#topics)) {
          await transaction.send({ topic, messages, acks: -1 });
        }
        failpoint('capture:rows-sent');
        const marks = mark === null ? [] : markMessages(mark, this.#topics);
        if (marks.length > 0) await transaction.sendBatch({ topicMessages: marks, acks: -1 });
        await this.#sendPosition(transaction, position);
        failpoint('capture:position-sent');
        await transaction.commit();
      },
      rows,
    );
    failpoint('capture:committed');
  }

  async close(): Promise<void> {
    const [producer, admin] = [this.#producer, this.#admin];
    this.#producer = undefined;
    this.#admin = undefined;
    this.#pieces = undefined;
    await endsWithin(CLOSE_WITHIN_MS, Promise.allSettled([producer?.disconnect(), admin?.disconnect()]));
  }

  async #sendPosition(transaction: Transaction, position: CapturePosition): Promise<void> {
    const topics = [...this.#topics].map(([table, { topic, counters }]) => ({
      topic,
      partitions: counters.map((counter, partition) => {
        const snapshot = partition === 0 ? (position.snapshots.get(table) ?? null) : null;
        return offsetWith(partition, counter, encodePartition(counter, snapshot));
      }),
    }));
    const global = { partition: 0, offset: '0', metadata: encodePosition(position) };
    topics.push({ topic: `${this.#options.name}.shards`, partitions: [global] });
    const all = [...topics, ...sourceOffsets(position.sources ?? [])];
    await transaction.sendOffsets({ consumerGroupId: this.#group, topics: all });
  }

  /** A producer is stuck in COMMITTING after a failure: throw it away with the error. */
  async #guard<T>(
    step: string,
    act: (producer: Producer) => Promise<T>,
    rows: readonly CapturedRow[] = [],
  ): Promise<T> {
    const producer = this.#producer;
    if (producer === undefined) {
      throw new TidemarkError('ERR_KAFKA_TRANSACTION', { detail: `${step}: the writer is closed` });
    }
    const begunMs = performance.now();
    try {
      return await act(producer);
    } catch (cause) {
      this.#producer = undefined;
      await endsWithin(CLOSE_WITHIN_MS, producer.disconnect());
      const tookMs = performance.now() - begunMs;
      const largest = (): LargestMessage | null => largestRow(rows, this.#topics);
      throw transactionFailure(`${step} of capture's transaction`, { cause, tookMs, largest });
    }
  }
}

/** The rows ever sent serve as the offset, so that a tool that lists groups shows something that moves. */
function offsetWith(partition: number, { total }: PartitionCounters, metadata: string) {
  return { partition, offset: String(total), metadata };
}

function largestRow(
  rows: readonly CapturedRow[],
  topics: ReadonlyMap<string, TableTopic>,
): LargestMessage | null {
  let largest: CapturedRow | undefined;
  for (const row of rows) {
    if (largest === undefined || row.afterJson.length > largest.afterJson.length) largest = row;
  }
  if (largest === undefined) return null;
  const { table, lsn, keyJson, afterJson } = largest;
  return {
    topic: topics.get(table)?.topic ?? table,
    bytes: Buffer.byteLength(keyJson) + Buffer.byteLength(afterJson) + SOURCE_BYTES_MAX,
    what: `a row of ${table} that was committed at ${formatLsn(lsn)}`,
  };
}

/** What a record says beside its key and row. */
const SOURCE_BYTES_MAX = 512;
