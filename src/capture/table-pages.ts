import type pg from 'pg';
import type { RowKey } from '../model/capture-position.ts';
import { MICROS_PER_DAY } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';
import { tableId } from '../model/table.ts';
import type { TableRef } from '../model/table.ts';
import { postgresFailure } from './postgres-failure.ts';
import { readArchivedTable } from './snapshot-query.ts';
import { TablePager } from './table-pager.ts';
import type { TableRow } from './table-pager.ts';

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
 * Published rows of a table with a created_at in `(from, to]`, by (created_at, uid bytes), page by page.
 * Uids are compared with `COLLATE "C"`, whatever the column's own order; an index on created_at serves it.
 *
 * @throws TidemarkError ERR_TABLE_INVALID, ERR_POSTGRES_UNREACHABLE, ERR_PREREQUISITE.
 */
export async function* tablePages(options: TablePagesOptions): AsyncGenerator<readonly TableRow[]> {
  const { client, publication, table, from, to, pageRows } = options;
  try {
    const pager = new TablePager({
      ...options,
      published: await readArchivedTable(client, publication, table),
    });
    for (let after: RowKey | null = null; ;) {
      const { rows, last, isLast } = await pager.page({ after, from, pageRows });
      if (last === null) return;
      yield rows.filter(({ createdAt }) => createdAt > from && createdAt <= to);
      if (isLast || last.createdAt! > to + (pager.isUtc ? 0 : MICROS_PER_DAY)) return;
      after = last;
    }
  } catch (cause) {
    throw postgresFailure(`read ${tableId(table)}`, cause);
  }
}
