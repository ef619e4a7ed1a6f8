import type pg from 'pg';
import type { SnapshotState } from '../model/capture-position.ts';
import type { InspectedTable } from './captured-table.ts';
import { placedRowsQuery, readPublishedTable } from './snapshot-query.ts';

/**
 * How many rows a snapshot will have read in the end: those that it has, and those that Postgres expects above the last
 * key, by its statistics of created_at and the table's present size. Nothing is counted, so it is as good as the last
 * ANALYZE, and it comes right by itself as the snapshot goes on.
 *
 * @returns null when the role may not read the table: one that only looks at the status need not.
 * @throws TidemarkError ERR_TABLE_INVALID.
 */
export async function estimateSnapshotRows(
  client: pg.Client,
  options: { readonly table: InspectedTable; readonly publication: string; readonly state: SnapshotState },
): Promise<number | null> {
  const { table, publication, state } = options;
  const { rows, key, lowerBound } = state;
  // Only the rows without a place in time are left, which come last and are few.
  if (key !== null && key.createdAt === null) return rows;
  const query = placedRowsQuery({
    ...{ table, lowerBound, from: key },
    published: await readPublishedTable(client, publication, table),
    isUtc: table.createdAtZone === null || table.createdAtZone === 'UTC',
  });
  const expected = await expectedRows(client, query);
  return expected === null ? null : rows + expected;
}

const INSUFFICIENT_PRIVILEGE = '42501';

async function expectedRows(client: pg.Client, query: string): Promise<number | null> {
  try {
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN (FORMAT JSON) ${query}`);
    const [{ Plan: plan }] = JSON.parse(rows[0]!['QUERY PLAN']) as [{ Plan: { 'Plan Rows': number } }];
    return plan['Plan Rows'];
  } catch (error) {
    if ((error as { code?: unknown }).code === INSUFFICIENT_PRIVILEGE) return null;
    throw error;
  }
}
