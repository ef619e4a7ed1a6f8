import type pg from 'pg';
import type { RowKey } from '../model/capture-position.ts';
import { parseMicros } from '../model/micros.ts';
import { LAST_UID, readPage } from './keyset-page.ts';
import type { RowValues } from './keyset-page.ts';
import { firstPageRows, nextPageRows } from './page-size.ts';
import { placedRowsQuery } from './snapshot-query.ts';
import type { SnapshotQueryOptions } from './snapshot-query.ts';
import { uidReader } from './table-uid.ts';

export interface KeysetPagesOptions extends Omit<SnapshotQueryOptions, 'from'> {
  /** Hands out values as text and speaks UTC, as `connectPostgres` makes it. */
  readonly client: pg.Client;
  readonly rowsMax: number;
  /** Of the values of one page; left out where rows are small. */
  readonly bytesMax?: number;
  /** Runs each query; the caller may watch it. */
  readonly ask?: <T>(query: () => Promise<T>) => Promise<T>;
}

/**
 * The rows of a stretch of a table by (created_at, uid bytes), page by page. Each page is a query of its own that
 * begins behind the last key: no transaction stays open that would hold vacuum or marks back.
 */
export async function* keysetPages(options: KeysetPagesOptions): AsyncGenerator<readonly RowValues[], void> {
  const { client, rowsMax, bytesMax, ask = (query) => query() } = options;
  let wanted = bytesMax === undefined ? rowsMax : firstPageRows(rowsMax);
  for (let from: RowKey | null = null; ;) {
    const query = placedRowsQuery({ ...options, from });
    const rows = await ask(() => readPage(client, query, wanted));
    if (rows.length === 0) return;
    yield rows;
    if (rows.length < wanted) return;
    from = keyOf(rows.at(-1)!, options);
    if (bytesMax !== undefined) {
      const page = { wanted, rows: rows.length, bytes: bytesOf(rows) };
      wanted = nextPageRows(page, { rowsMax, bytesMax });
    }
  }
}

/** In the table's own time. */
function keyOf(
  values: RowValues,
  { table, published }: Pick<KeysetPagesOptions, 'table' | 'published'>,
): RowKey {
  const { columns } = published;
  const createdAt = values[columns.findIndex(({ name }) => name === table.columns.createdAt)] ?? null;
  return {
    createdAt: createdAt === null ? null : (parseMicros(createdAt) ?? null),
    uid: uidReader(table, columns)(values) ?? LAST_UID,
  };
}

function bytesOf(rows: readonly RowValues[]): number {
  let bytes = 0;
  for (const values of rows) for (const value of values) bytes += value?.length ?? 0;
  return bytes;
}
