import type pg from 'pg';
import { TidemarkError } from '../base/errors.ts';
import type { RowKey } from '../model/capture-position.ts';
import { MICROS_PER_DAY, parseMicros } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';
import { tableId } from '../model/table.ts';
import type { TableRef } from '../model/table.ts';
import { localToUtc } from '../model/time-zone.ts';
import { TYPE_OID } from './column-json.ts';
import { postgresFailure } from './postgres-failure.ts';
import { placedRowsQuery, readPublishedTable } from './snapshot-query.ts';
import type { PublishedTable } from './snapshot-query.ts';

/** What the archive reads of a row, as it stands in the table now. */
export interface TableRow {
  /** In UTC. */
  readonly createdAt: Micros;
  readonly uidBytes: Buffer;
  readonly fileLocation: string | null;
  readonly sizeBytes: number | null;
}

export interface TablePagesOptions {
  /** Hands out values as text and speaks UTC, as `connectPostgres` makes it. */
  readonly client: pg.Client;
  readonly publication: string;
  readonly table: TableRef;
  /** How a `timestamp` without a zone is read. */
  readonly timeZone: string;
  /** Exclusive. */
  readonly from: Micros;
  /** Inclusive. */
  readonly to: Micros;
  readonly pageRows: number;
}

/**
 * Published rows of a table with a created_at in `(from, to]`, by (created_at, uid bytes), page by page. Each page is
 * a query of its own that begins behind the last key: no transaction stays open that would hold vacuum or marks back.
 * Uids are compared with `COLLATE "C"`, whatever the column's own order; an index on created_at serves it.
 *
 * @throws TidemarkError ERR_TABLE_INVALID, ERR_POSTGRES_UNREACHABLE, ERR_PREREQUISITE.
 */
export async function* tablePages(options: TablePagesOptions): AsyncGenerator<readonly TableRow[]> {
  const { client, publication, table, from, to, pageRows } = options;
  try {
    const published = onlyRead(await readPublishedTable(client, publication, table), table);
    const rows = new RowReader(options, published);
    for (let key: RowKey | null = null; ;) {
      const query = placedRowsQuery({ table, published, lowerBound: from, isUtc: rows.isUtc, from: key });
      const text = `${query} LIMIT ${pageRows}`;
      const found = await client.query<(string | null)[]>({ text, rowMode: 'array' });
      if (found.rows.length === 0) return;
      const page = found.rows.map((values) => rows.read(values));
      yield page.flatMap(({ row }) =>
        row !== null && row.createdAt > from && row.createdAt <= to ? [row] : [],
      );
      key = page.at(-1)!.key;
      if (found.rows.length < pageRows || key.createdAt! > to + (rows.isUtc ? 0 : MICROS_PER_DAY)) return;
    }
  } catch (cause) {
    throw postgresFailure(`read ${tableId(table)}`, cause);
  }
}

/** The other columns may be large, and nobody compares them. */
function onlyRead(published: PublishedTable, { columns }: TableRef): PublishedTable {
  const read = new Set<string | null>(Object.values(columns));
  return { ...published, columns: published.columns.filter(({ name }) => read.has(name)) };
}

/** Rows without a uid come last among those of their time, and none of them can be told from another. */
const LAST_UID = '\u{10ffff}';

class RowReader {
  readonly isUtc: boolean;
  readonly #at: Readonly<Record<keyof TableRef['columns'], number>>;
  readonly #toUtc: (local: Micros) => Micros;
  readonly #table: TableRef;
  #last: TableRow | undefined;

  constructor({ table, timeZone }: TablePagesOptions, published: PublishedTable) {
    const zone = published.createdAtType === TYPE_OID.timestamp ? timeZone : 'UTC';
    this.isUtc = zone === 'UTC';
    this.#toUtc = localToUtc(zone);
    this.#table = table;
    const position = (name: string | null) => published.columns.findIndex((column) => column.name === name);
    const { uid, createdAt, fileLocation, sizeBytes } = table.columns;
    this.#at = {
      uid: position(uid),
      createdAt: position(createdAt),
      fileLocation: position(fileLocation),
      sizeBytes: position(sizeBytes),
    };
  }

  /** @returns the row, null when it has no uid; and the key of the next page, which is in the table's own time. */
  read(values: readonly (string | null)[]): { row: TableRow | null; key: RowKey } {
    const local = parseMicros(values[this.#at.createdAt]!)!;
    const uid = values[this.#at.uid] ?? null;
    if (uid === null) return { row: null, key: { createdAt: local, uid: LAST_UID } };
    const size = values[this.#at.sizeBytes] ?? null;
    const row = {
      createdAt: this.#toUtc(local),
      uidBytes: Buffer.from(uid, 'utf8'),
      fileLocation: values[this.#at.fileLocation] ?? null,
      sizeBytes: size === null ? null : Number(size),
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
