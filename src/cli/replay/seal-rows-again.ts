import type { Admin, Kafka } from 'kafkajs';
import { readTableRows } from '../../capture/table-rows.ts';
import type { Config, TableConfig } from '../../config/config.ts';
import { tableTopic } from '../../config/names.ts';
import { decodeRecord } from '../../log/decode-record.ts';
import { recordEncoder } from '../../log/encode-record.ts';
import { readTopicOffsets } from '../../log/topic-offsets.ts';
import type { TopicOffsets } from '../../log/topic-offsets.ts';
import { TopicScanner } from '../../log/topic-scanner.ts';
import type { Manifest } from '../../model/manifest.ts';
import { offset } from '../../model/offset.ts';
import { partitionOf } from '../../model/partition.ts';
import type { SealRows } from '../../model/seal.ts';
import { SealGathering } from '../../streams/gather-seal.ts';

/** Reads the rows of seals once more: from the stretch of the log that a manifest names, or from the table. */
export class SealRowsAgain {
  readonly #config: Config;
  readonly #table: TableConfig;
  readonly #decode: ReturnType<typeof decodeRecord>;
  readonly #scanner: TopicScanner | undefined;
  readonly #offsets: TopicOffsets | undefined;
  readonly #fromTable = new Map<string, Promise<SealRows>>();

  private constructor(parts: {
    config: Config;
    table: TableConfig;
    scanner?: TopicScanner;
    offsets?: TopicOffsets;
  }) {
    const { table } = parts;
    this.#config = parts.config;
    this.#table = table;
    this.#scanner = parts.scanner;
    this.#offsets = parts.offsets;
    this.#decode = decodeRecord({ columns: table.ref.columns, createdAtZone: table.createdAtTimeZone });
  }

  /** @param options without `log` only the table is asked. */
  static async open(options: {
    config: Config;
    table: TableConfig;
    log: { kafka: Kafka; admin: Admin } | null;
  }): Promise<SealRowsAgain> {
    const { config, table, log } = options;
    const topic = tableTopic(config.name, table.id);
    if (log === null || !(await log.admin.listTopics()).includes(topic))
      return new SealRowsAgain({ config, table });
    const offsets = await readTopicOffsets(log.admin, topic);
    const scanner = await TopicScanner.open({ ...log, topic, purpose: `${topic}-replay` });
    return new SealRowsAgain({ config, table, scanner, offsets });
  }

  /** True while the log holds the whole stretch of the seal. */
  isInLog({ partition, offsets }: Manifest): boolean {
    const start = this.#offsets?.start.get(partition);
    const end = this.#offsets?.end.get(partition);
    if (start === undefined || end === undefined || offsets === null) return false;
    return start <= offsets.first && offsets.last < end;
  }

  async fromLog({ kind, window, partition, offsets, ledger }: Manifest): Promise<SealRows> {
    const gathering = this.#gather({ kind, window });
    // The offsets of a seal without rows are those of the early parts before it.
    if (ledger.received > 0 && offsets !== null) {
      await this.#scanner?.scan({
        from: new Map([[partition, offsets.first]]),
        until: new Map([[partition, offset(offsets.last + 1)]]),
        visit: (message) => {
          gathering.take(this.#decode(message));
          return true;
        },
      });
    }
    return gathering.close().rows;
  }

  /** All rows of the seal's window and partition as they are in the table now; read once for all its seals. */
  fromTable(manifest: Manifest): Promise<SealRows> {
    const { window, partition, partitionCount } = manifest;
    const key = `${window.start}/${window.end}/${partition}of${partitionCount}`;
    const known = this.#fromTable.get(key);
    if (known !== undefined) return known;
    this.#fromTable.clear();
    const rows = this.#readTable(manifest);
    this.#fromTable.set(key, rows);
    return rows;
  }

  async close(): Promise<void> {
    await this.#scanner?.close();
  }

  async #readTable({ kind, window, partition, partitionCount }: Manifest): Promise<SealRows> {
    const gathering = this.#gather({ kind, window });
    const { url, publication } = this.#config.postgres;
    const { silenceMaxMs } = this.#config.capture;
    const table = { ...this.#table.ref, createdAtZone: this.#table.createdAtTimeZone };
    const encode = recordEncoder();
    let ordinal = 0;
    for await (const row of readTableRows({ url, silenceMaxMs, publication, table, ...window })) {
      const key = Buffer.from(row.keyJson);
      if (partitionOf(key, partitionCount) !== partition) continue;
      // Through the same text as in the log, so that every column is read in the same way.
      const value = Buffer.from(encode(row));
      gathering.take(this.#decode({ key, value, offset: String(ordinal++), timestamp: '0' }));
    }
    return gathering.close().rows;
  }

  #gather({ kind, window }: Pick<Manifest, 'kind' | 'window'>): SealGathering {
    return new SealGathering({ kind, window, aheadMaxMicros: this.#table.window.aheadMaxMicros });
  }
}
