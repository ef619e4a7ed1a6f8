import { randomUUID } from 'node:crypto';
import type { Consumer, Kafka } from 'kafkajs';
import { decodeRecord } from '../../src/log/decode-record.ts';
import type { Entry, MarkEntry, RowEntry } from '../../src/model/row.ts';
import type { Micros } from '../../src/model/micros.ts';

export interface ReadEntry {
  readonly topic: string;
  readonly partition: number;
  readonly entry: Entry;
  /** The record's value as text. */
  readonly value: string;
}

/** Reads topics from their beginning as a read-committed consumer does, and lets a test wait for what it needs. */
export class LogReader {
  readonly entries: ReadEntry[] = [];
  readonly #consumer: Consumer;
  readonly #waiting = new Set<() => void>();
  /** T of the last mark, by `topic/partition`: asked after each message. */
  readonly #lastTimes = new Map<string, Micros>();
  readonly #partitions: ReadonlyMap<string, number>;

  private constructor(consumer: Consumer, partitions: ReadonlyMap<string, number>) {
    this.#consumer = consumer;
    this.#partitions = partitions;
  }

  /** @param partitions partition count by topic. */
  static async start(kafka: Kafka, partitions: ReadonlyMap<string, number>): Promise<LogReader> {
    const consumer = kafka.consumer({ groupId: `reader-${randomUUID()}`, maxWaitTimeInMs: 50 });
    const reader = new LogReader(consumer, partitions);
    const decode = decodeRecord({
      columns: {
        uid: 'uid',
        createdAt: 'created_at',
        fileLocation: 'file_location',
        sizeBytes: 'size_bytes',
      },
      createdAtZone: null,
    });
    await consumer.connect();
    await consumer.subscribe({ topics: [...partitions.keys()], fromBeginning: true });
    await consumer.run({
      eachMessage: ({ topic, partition, message }) => {
        const value = message.value?.toString('utf8') ?? '';
        const entry = decode(message);
        if (entry.kind === 'mark') reader.#lastTimes.set(`${topic}/${partition}`, entry.mark.time);
        reader.entries.push({ topic, partition, entry, value });
        for (const wake of reader.#waiting) wake();
        return Promise.resolve();
      },
    });
    return reader;
  }

  rows(topic?: string): RowEntry[] {
    return this.entries
      .filter((read) => topic === undefined || read.topic === topic)
      .map(({ entry }) => entry)
      .filter((entry): entry is RowEntry => entry.kind === 'row');
  }

  marks(topic: string, partition: number): MarkEntry[] {
    return this.entries
      .filter((read) => read.topic === topic && read.partition === partition)
      .map(({ entry }) => entry)
      .filter((entry): entry is MarkEntry => entry.kind === 'mark');
  }

  /** Resolves once the condition holds; it is asked again after each message. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        if (!condition()) return;
        this.#waiting.delete(wake);
        resolve();
      };
      this.#waiting.add(wake);
      wake();
    });
  }

  /** Resolves once every partition has a mark at or above `time`: all that it covers has been read then. */
  async untilMarked(time: Micros): Promise<void> {
    for (const [topic, partitions] of this.#partitions) {
      for (let partition = 0; partition < partitions; partition++) {
        const place = `${topic}/${partition}`;
        await this.until(() => (this.#lastTimes.get(place) ?? -Infinity) >= time);
      }
    }
  }

  async close(): Promise<void> {
    await this.#consumer.disconnect();
  }
}
