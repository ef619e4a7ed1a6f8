import type pg from 'pg';
import { TidemarkError } from '../base/errors.ts';
import type { RowKey } from '../model/capture-position.ts';
import { parseMicros } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';
import { namesOf, tableId } from '../model/table.ts';
import type { TableRef } from '../model/table.ts';
import { localToUtc } from '../model/time-zone.ts';
import { TYPE_OID } from './column-json.ts';
import { LAST_UID, readPage } from './keyset-page.ts';
import type { RowValues } from './keyset-page.ts';
import { placedRowsQuery } from './snapshot-query.ts';
import type { PublishedTable } from './snapshot-query.ts';
import { uidReader } from './table-uid.ts';

/** What the archive reads of a row, as it stands in the table now. */
export interface TableRow {
  /** In UTC. */
  readonly createdAt: Micros;
  readonly uidBytes: Buffer;
  readonly fileLocation: string | null;
  readonly sizeBytes: number | null;
  /** The same moment as the column has it: wall time where it has no zone. */
  readonly localCreatedAt: Micros;
}

export interface TablePage {
  /** In the order of their keys; rows without a uid are left out. */
  readonly rows: readonly TableRow[];
  /** Where the next page begins, in the table's own time; null when there was no row. */
  readonly last: RowKey | null;
  /** True when no page follows. */
  readonly isLast: boolean;
}

export interface TablePagerOptions {
  /** Hands out values as text and speaks UTC, as `connectPostgres` makes it. */
  readonly client: pg.Client;
  readonly table: TableRef;
  readonly published: PublishedTable;
  /** How a `timestamp` without a zone is read. */
  readonly timeZone: string;
  /** Only rows for which it is true, as SQL. */
  readonly condition?: string;
}

/**
 * Reads a table by (created_at, uid bytes), one page a query, each behind the last key of the one before: no
 * transaction stays open that would hold vacuum or marks back. Pages must be read in their order.
 */
export class TablePager {
  readonly isUtc: boolean;
  readonly #options: TablePagerOptions;
  readonly #rows: RowReader;

  constructor(options: TablePagerOptions) {
    const { table, timeZone } = options;
    const published = onlyRead(options.published, table);
    const zone = published.createdAtType === TYPE_OID.timestamp ? timeZone : 'UTC';
    this.isUtc = zone === 'UTC';
    this.#options = { ...options, published };
    this.#rows = new RowReader({ table, published, toUtc: localToUtc(zone) });
  }

  /** @throws TidemarkError ERR_TABLE_INVALID; what `pg` throws. */
  async page(options: {
    /** Null from the beginning. */
    readonly after: RowKey | null;
    /** Exclusive, null for none; in a zone other than UTC some rows below it come too. */
    readonly from: Micros | null;
    /** Inclusive, with some rows above it in such a zone. */
    readonly to?: Micros;
    readonly pageRows: number;
  }): Promise<TablePage> {
    const { after, from, to, pageRows } = options;
    const { client, table, published, condition } = this.#options;
    const query = placedRowsQuery({
      ...{ table, published, lowerBound: from, isUtc: this.isUtc, from: after },
      ...(to === undefined ? {} : { upperBound: to }),
      ...(condition === undefined ? {} : { condition }),
    });
    const found = await readPage(client, query, pageRows);
    const page = found.map((values) => this.#rows.read(values));
    return {
      rows: page.flatMap(({ row }) => (row === null ? [] : [row])),
      last: page.at(-1)?.key ?? null,
      isLast: found.length < pageRows,
    };
  }
}

/** The other columns may be large, and nobody compares them. */
function onlyRead(published: PublishedTable, { columns }: TableRef): PublishedTable {
  const read = namesOf(columns);
  return { ...published, columns: published.columns.filter(({ name }) => read.has(name)) };
}

class RowReader {
  readonly #at: Readonly<Record<'createdAt' | 'fileLocation' | 'sizeBytes', number>>;
  readonly #uidOf: (values: RowValues) => string | null;
  readonly #toUtc: (local: Micros) => Micros;
  readonly #table: TableRef;
  #last: TableRow | undefined;

  constructor(options: { table: TableRef; published: PublishedTable; toUtc: (local: Micros) => Micros }) {
    const { table, published } = options;
    this.#toUtc = options.toUtc;
    this.#table = table;
    const position = (name: string | null) => published.columns.findIndex((column) => column.name === name);
    const { createdAt, fileLocation, sizeBytes } = table.columns;
    this.#uidOf = uidReader(table, published.columns);
    this.#at = {
      createdAt: position(createdAt),
      fileLocation: position(fileLocation),
      sizeBytes: position(sizeBytes),
    };
  }

  /** @returns the row, null when it has no uid; and the key of the next page, which is in the table's own time. */
  read(values: RowValues): { row: TableRow | null; key: RowKey } {
    const local = parseMicros(values[this.#at.createdAt]!)!;
    const uid = this.#uidOf(values);
    if (uid === null) return { row: null, key: { createdAt: local, uid: LAST_UID } };
    const size = values[this.#at.sizeBytes] ?? null;
    const row = {
      createdAt: this.#toUtc(local),
      uidBytes: Buffer.from(uid, 'utf8'),
      fileLocation: values[this.#at.fileLocation] ?? null,
      sizeBytes: size === null ? null : Number(size),
      localCreatedAt: local,
    };
    this.#checkOrder(row);
    return { row, key: { createdAt: local, uid } };
  }

  /** A comparison of two orders that differ would find differences that are none. */
  #checkOrder(row: TableRow): void {
    const last = this.#last;
    this.#last = row;
    if (last === undefined) return;
    const order = last.createdAt - row.createdAt || last.uidBytes.compare(row.uidBytes);
    if (order <= 0) return;
    throw new TidemarkError('ERR_TABLE_INVALID', {
      detail: `${tableId(this.#table)}: Postgres gives rows in another order than that of (created_at in UTC, bytes of the uid)`,
      remedy:
        'The database must be encoded in UTF-8, and wall times that a change to summer time skips must not occur in created_at; choose --from and --to around them.',
    });
  }
}
