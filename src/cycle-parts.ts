import { readBatchRow } from './batch-rows.ts';
import type { Events } from './base/event-map.ts';
import { readDueRows } from './capture/due-rows.ts';
import type { Config, TableConfig } from './config/config.ts';
import type { BatchRow } from './model/batch.ts';
import type { CycleStrategy } from './model/cycle.ts';
import type { Micros } from './model/micros.ts';
import type { SealWindow } from './model/seal.ts';
import { hasManifest } from './sinks/read/sealed-window.ts';
import { CommittedShards } from './sinks/seal/committed-shards.ts';
import type { Sink } from './sinks/sink.ts';
import { TableGathering } from './streams/table-gathering.ts';
import { CycleSeals } from './watermark/cycle-seals.ts';

export interface CyclePartsOptions {
  readonly config: Config;
  readonly table: TableConfig;
  readonly strategy: CycleStrategy;
  /** Null in a dry run. */
  readonly seal: SealWindow | null;
  readonly sink: Sink;
  readonly events: Events;
}

/** Rows asked for at once, and what they may weigh. */
const PAGE_ROWS = 2_000;
const PAGE_BYTES = 16 * 1024 * 1024;
/** No zone has ever skipped more wall time, but for those that skipped a whole day to change sides. */
const SKIPPED_MAX_MICROS = 3 * 3_600_000_000;

/** What a cycle over one table takes from the stages. */
export class CycleParts {
  readonly #options: CyclePartsOptions;

  constructor(options: CyclePartsOptions) {
    this.#options = options;
  }

  /** Rows then come in the order of their times; in another zone wall time that was skipped breaks it. */
  get isUtc(): boolean {
    return this.#options.table.createdAtTimeZone === 'UTC';
  }

  async *rows(read: {
    readonly start: Micros | null;
    readonly end: Micros;
    /** Left out where a page may have as many rows as memory likes. */
    readonly pageRows?: number;
    readonly condition?: string;
    readonly partitionCount: number;
  }): AsyncGenerator<Iterable<BatchRow>> {
    const { config, table, events } = this.#options;
    const { url, publication } = config.postgres;
    const { partitionCount, pageRows, ...stretch } = read;
    const toBatchRow = readBatchRow({ table, partitionCount, clock: read.end });
    const pages = readDueRows({
      ...{ url, publication, silenceMaxMs: config.capture.silenceMaxMs, ...stretch },
      ...(pageRows === undefined
        ? { pageRows: PAGE_ROWS, pageBytes: PAGE_BYTES }
        : { pageRows, pageBytes: null }),
      table: { ...table.ref, createdAtZone: table.createdAtTimeZone },
    });
    for await (const page of pages) {
      events.emit('database:operated', { operation: 'select', count: 1 });
      yield mapEach(page, toBatchRow);
    }
  }

  gather(partitionCount: number): TableGathering {
    const disorderMicros = this.isUtc ? 0 : SKIPPED_MAX_MICROS;
    return new TableGathering({ ...this.#options.table.window, partitionCount, disorderMicros });
  }

  seals(partitionCount: number): CycleSeals | null {
    const { table, seal, sink, events, strategy } = this.#options;
    if (seal === null) return null;
    return new CycleSeals({
      ...{ table: table.id, partitionCount, seal, events },
      isSealed: (name) => hasManifest(sink, name),
      isPerRecord: strategy === 'per-record',
    });
  }

  committed(): CommittedShards {
    const { sink, table } = this.#options;
    return new CommittedShards({ sink, table: table.id });
  }
}

/** One after the other, as they are asked for. */
function* mapEach<T, U>(items: Iterable<T>, map: (item: T) => U): Generator<U> {
  for (const item of items) yield map(item);
}
