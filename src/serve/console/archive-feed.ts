import { EventFields } from '../../base/event-fields.ts';
import { parseMicros } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import type { ShardState, Throughput } from './console-state.ts';
import { ThroughputMeter } from './throughput.ts';

const SHARDS_KEPT = 8;
/** More than are ever drawn. */
const WINDOWS_KEPT = 64;

/** What the events of an archive say of one table, from whichever process they come. */
class TableFeed {
  readonly meter = new ThroughputMeter();
  readonly shards: ShardState[] = [];
  readonly sealedRows = new Map<Micros, number>();
}

/**
 * The newest of `<name>.shards`, kept in bounded memory. It tells no watermark: an event of a transaction that was aborted
 * may come through (docs/decisions/0024-kafkajs-and-aborted-transactions.md), and only what the group has committed is true.
 */
export class ArchiveFeed {
  readonly #tables = new Map<string, TableFeed>();

  /** @param tables of others nothing is kept: anybody may write to the topic. */
  constructor(tables: readonly string[]) {
    for (const table of tables) this.#tables.set(table, new TableFeed());
  }

  take(json: string): void {
    const event = EventFields.parse(json);
    const table = this.#tables.get(event?.text('data', 'table') ?? '');
    const at = parseMicros(event?.text('time') ?? '');
    if (event === undefined || table === undefined || at === undefined) return;
    const type = event.text('type');
    if (type === 'tidemark.shard.created.v1') takeShard(table, event, at);
    if (type === 'tidemark.window.sealed.v1') takeSeal(table, event);
  }

  /** Rows archived by window end. */
  sealedRowsOf(table: string): ReadonlyMap<Micros, number> {
    return this.#tables.get(table)!.sealedRows;
  }

  /** Newest first. */
  shardsOf(table: string): readonly ShardState[] {
    return [...this.#tables.get(table)!.shards].reverse();
  }

  throughputOf(table: string, now: Micros): Throughput {
    return this.#tables.get(table)!.meter.read(now);
  }
}

function takeShard(table: TableFeed, event: EventFields, at: Micros): void {
  const [name, kind] = [event.text('data', 'shard', 'name'), event.text('data', 'kind')];
  const [rows, bytes] = [event.count('data', 'shard', 'rows'), event.count('data', 'shard', 'bytes')];
  if (name === undefined || kind === undefined || rows === undefined || bytes === undefined) return;
  table.shards.push({ at: event.text('time')!, name, rows, bytes, kind });
  if (table.shards.length > SHARDS_KEPT) table.shards.shift();
  table.meter.add({ at, rows, bytes });
}

function takeSeal(table: TableFeed, event: EventFields): void {
  const end = parseMicros(event.text('data', 'window', 'end') ?? '');
  const archived = event.count('data', 'ledger', 'archived');
  if (end === undefined || archived === undefined) return;
  table.sealedRows.set(end, (table.sealedRows.get(end) ?? 0) + archived);
  if (table.sealedRows.size > WINDOWS_KEPT)
    table.sealedRows.delete(Math.min(...table.sealedRows.keys()) as Micros);
}
