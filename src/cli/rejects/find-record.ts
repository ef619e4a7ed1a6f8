import type { Admin, Kafka } from 'kafkajs';
import { readTableRows } from '../../capture/table-rows.ts';
import type { Config, TableConfig } from '../../config/config.ts';
import { tableTopic } from '../../config/names.ts';
import { uidOfKey } from '../../log/decode-columns.ts';
import { recordEncoder } from '../../log/encode-record.ts';
import { readRecords } from '../../log/read-records.ts';
import type { RecordMessage } from '../../log/decode-record.ts';
import { readTopicOffsets } from '../../log/topic-offsets.ts';
import type { TopicOffsets } from '../../log/topic-offsets.ts';
import { TopicScanner } from '../../log/topic-scanner.ts';
import type { Micros } from '../../model/micros.ts';
import { offset } from '../../model/offset.ts';
import { partitionOf } from '../../model/partition.ts';
import type { RejectEntry } from './reject-entry.ts';

/** Where a rejected row is taken from. `auto`: the log while it holds the record, else the table. */
export type RecordSource = 'auto' | 'log' | 'table';

export interface FoundRecord {
  readonly source: 'log' | 'table';
  readonly partition: number;
  readonly message: RecordMessage;
}

/** Finds the records of rejected rows again: as they were sent in the log, or as they are now in the table. */
export class RecordFinder {
  readonly #config: Config;
  readonly #table: TableConfig;
  readonly #scanner: TopicScanner;
  readonly #offsets: TopicOffsets;

  private constructor(parts: {
    config: Config;
    table: TableConfig;
    scanner: TopicScanner;
    offsets: TopicOffsets;
  }) {
    this.#config = parts.config;
    this.#table = parts.table;
    this.#scanner = parts.scanner;
    this.#offsets = parts.offsets;
  }

  static async open(options: {
    config: Config;
    table: TableConfig;
    kafka: Kafka;
    admin: Admin;
  }): Promise<RecordFinder> {
    const { config, table, admin } = options;
    const topic = tableTopic(config.name, table.id);
    const offsets = await readTopicOffsets(admin, topic);
    const scanner = await TopicScanner.open({ ...options, topic, purpose: `${topic}-retry` });
    return new RecordFinder({ config, table, scanner, offsets });
  }

  get partitionCount(): number {
    return this.#offsets.end.size;
  }

  /** @returns what was found, by entry. */
  async inLog(entries: readonly RejectEntry[]): Promise<Map<RejectEntry, FoundRecord>> {
    const found = new Map<RejectEntry, FoundRecord>();
    for (const partition of new Set(entries.map((entry) => entry.partition))) {
      const ofPartition = entries.filter((entry) => entry.partition === partition && entry.offset !== null);
      const records = await readRecords({
        scanner: this.#scanner,
        partition,
        offsets: ofPartition.map((entry) => entry.offset!),
        start: this.#offsets.start.get(partition) ?? offset(0),
        end: this.#offsets.end.get(partition) ?? offset(0),
      });
      for (const entry of ofPartition) {
        const message = records.get(entry.offset!);
        if (message !== undefined) found.set(entry, { source: 'log', partition, message });
      }
    }
    return found;
  }

  /** The row of the table with this uid at this time. */
  async inTable({ uid, createdAt, offset: at }: RejectEntry): Promise<FoundRecord | undefined> {
    if (uid === null || createdAt === null) return undefined;
    const { url, publication } = this.#config.postgres;
    const { silenceMaxMs } = this.#config.capture;
    const table = { ...this.#table.ref, createdAtZone: this.#table.createdAtTimeZone };
    const encode = recordEncoder();
    const rows = readTableRows({
      url,
      silenceMaxMs,
      publication,
      table,
      start: (createdAt - 1) as Micros,
      end: createdAt,
    });
    for await (const row of rows) {
      if (uidOfKey(row.keyJson, this.#table.ref.columns.uid) !== uid) continue;
      const key = Buffer.from(row.keyJson);
      const value = Buffer.from(encode(row));
      const message = { key, value, offset: String(at ?? 0), timestamp: '0' };
      return { source: 'table', partition: partitionOf(key, this.partitionCount), message };
    }
    return undefined;
  }

  close(): Promise<void> {
    return this.#scanner.close();
  }
}
