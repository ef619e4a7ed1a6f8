import { randomUUID } from 'node:crypto';
import type { Admin, Consumer, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import { offset } from '../model/offset.ts';
import type { Offset } from '../model/offset.ts';

export interface ScanOptions {
  /** First offset to read of each partition that takes part. */
  readonly from: ReadonlyMap<number, Offset>;
  /** A partition is done when everything before this has passed; one without an entry never is. */
  readonly until: ReadonlyMap<number, Offset>;
  /** @returns false when this partition has shown enough. Must not throw. */
  readonly visit: (message: KafkaMessage, partition: number) => boolean;
  readonly signal?: AbortSignal;
}

interface Scan {
  readonly options: ScanOptions;
  /** Where each unfinished partition stands. */
  readonly next: Map<number, Offset>;
  readonly settle: (error?: unknown) => void;
}

/**
 * Reads stretches of a topic, committed transactions only, and leaves no trace: a group of its own that commits
 * nothing and is deleted at the end. For people's questions (status, events), not for the archive.
 */
export class TopicScanner {
  readonly #topic: string;
  readonly #groupId: string;
  readonly #admin: Admin;
  readonly #consumer: Consumer;
  #scan: Scan | undefined;
  /** KafkaJS refuses to pause and seek while it is not. */
  #isRunning = false;

  private constructor(options: { kafka: Kafka; admin: Admin; topic: string; purpose: string }) {
    this.#topic = options.topic;
    this.#admin = options.admin;
    this.#groupId = `${options.purpose}-${randomUUID()}`;
    this.#consumer = options.kafka.consumer({
      groupId: this.#groupId,
      maxWaitTimeInMs: 100,
      readUncommitted: false,
      retry: { initialRetryTime: 50, maxRetryTime: 1_000, retries: 8 },
    });
  }

  /** @param options `purpose` is the first part of the group's name. */
  static async open(options: {
    kafka: Kafka;
    admin: Admin;
    topic: string;
    purpose: string;
  }): Promise<TopicScanner> {
    const scanner = new TopicScanner(options);
    await scanner.#start();
    return scanner;
  }

  /** Resolves when every partition is done or the signal says so; rejects when KafkaJS gives up. One at a time. */
  async scan(options: ScanOptions): Promise<void> {
    const next = new Map(options.from);
    for (const [partition, from] of options.from) {
      if (from >= (options.until.get(partition) ?? Number.POSITIVE_INFINITY)) next.delete(partition);
    }
    if (next.size === 0 || options.signal?.aborted === true) return;
    await new Promise<void>((resolve, reject) => {
      const settle = (error?: unknown): void => {
        this.#scan = undefined;
        options.signal?.removeEventListener('abort', onAbort);
        this.#pauseAll([...options.from.keys()]);
        if (error === undefined) resolve();
        else reject(error instanceof Error ? error : new Error('the scan failed', { cause: error }));
      };
      const onAbort = (): void => settle();
      options.signal?.addEventListener('abort', onAbort, { once: true });
      this.#scan = { options, next, settle };
      this.#seekAll(this.#scan);
    });
  }

  async close(): Promise<void> {
    await this.#consumer.disconnect();
    await this.#admin.deleteGroups([this.#groupId]);
  }

  async #start(): Promise<void> {
    const { GROUP_JOIN, CRASH, STOP, END_BATCH_PROCESS } = this.#consumer.events;
    const joined = new Promise<void>((resolve, reject) => {
      this.#consumer.on(GROUP_JOIN, ({ payload }) => {
        this.#isRunning = true;
        // Nothing is read before a scan says from where.
        this.#pauseAll((payload.memberAssignment as Record<string, number[]>)[this.#topic] ?? []);
        if (this.#scan !== undefined) this.#seekAll(this.#scan);
        resolve();
      });
      this.#consumer.on(STOP, () => (this.#isRunning = false));
      this.#consumer.on(CRASH, ({ payload }) => {
        this.#isRunning = false;
        if (payload.restart) return;
        reject(payload.error);
        this.#scan?.settle(payload.error);
      });
    });
    this.#consumer.on(END_BATCH_PROCESS, ({ payload }) => {
      // Emitted for batches of transaction markers too, which never reach eachBatch.
      this.#passed(payload.partition, offset(Number(payload.lastOffset) + 1));
    });
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topic: this.#topic, fromBeginning: true });
    await this.#consumer.run({
      autoCommit: false,
      eachBatch: (payload) => {
        this.#onBatch(payload);
        return Promise.resolve();
      },
    });
    await joined;
  }

  #onBatch(payload: EachBatchPayload): void {
    const { batch } = payload;
    for (const message of batch.messages) {
      const scan = this.#scan;
      const from = scan?.next.get(batch.partition);
      if (scan === undefined || from === undefined || payload.isStale()) return;
      const at = offset(message.offset);
      if (at < from) continue;
      const end = scan.options.until.get(batch.partition) ?? Number.POSITIVE_INFINITY;
      if (at >= end || !scan.options.visit(message, batch.partition)) return this.#finish(batch.partition);
      scan.next.set(batch.partition, offset(at + 1));
      // Behind the last message of a transaction stands its marker; behind one of none there may be nothing more.
      if (at + 1 >= end) return this.#finish(batch.partition);
    }
  }

  #passed(partition: number, position: Offset): void {
    const from = this.#scan?.next.get(partition);
    if (this.#scan === undefined || from === undefined || position <= from) return;
    this.#scan.next.set(partition, position);
    if (position >= (this.#scan.options.until.get(partition) ?? Number.POSITIVE_INFINITY))
      this.#finish(partition);
  }

  #finish(partition: number): void {
    this.#scan?.next.delete(partition);
    this.#pauseAll([partition]);
    if (this.#scan?.next.size === 0) this.#scan.settle();
  }

  /** While KafkaJS is between a crash and its next join it refuses; the join seeks then. */
  #seekAll(scan: Scan): void {
    if (!this.#isRunning) return;
    for (const [partition, from] of scan.next) {
      this.#consumer.seek({ topic: this.#topic, partition, offset: String(from) });
      this.#consumer.resume([{ topic: this.#topic, partitions: [partition] }]);
    }
  }

  #pauseAll(partitions: number[]): void {
    if (partitions.length > 0 && this.#isRunning) this.#consumer.pause([{ topic: this.#topic, partitions }]);
  }
}
