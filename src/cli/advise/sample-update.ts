import type { ClientBase } from 'pg';
import { messageOf } from '../../base/errors.ts';
import type { UpdateSample } from './facts.ts';

/** A writer of one of these rows waits for so long at most, and we for nobody. */
const STATEMENT_TIMEOUT_MS = 2_000;
const LOCK_TIMEOUT_MS = 200;

export interface SampleOptions {
  /** Quoted. */
  readonly table: string;
  /** Quoted; null when the table has no such column, and rows are written anew as they are. */
  readonly column: string | null;
  /** Quoted. */
  readonly uid: string;
  /** Quoted; null when no index gives its order. */
  readonly orderBy: string | null;
  readonly rows: number;
}

/**
 * Changes some rows in a transaction that is rolled back, and reads what that cost. What stays are as many dead
 * row versions. The rows are those that an archiver would come to: the oldest, and unset ones where there are any.
 *
 * @returns what is not known, as a sentence, where the server would not.
 */
export async function sampleUpdate(
  client: ClientBase,
  options: SampleOptions,
): Promise<UpdateSample | { readonly unknown: string }> {
  const { table, column, uid } = options;
  try {
    await client.query(
      `BEGIN; SET LOCAL statement_timeout = ${STATEMENT_TIMEOUT_MS}; SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`,
    );
    const places = await choosePlaces(client, options);
    if (places.length === 0) return { unknown: 'what an UPDATE costs: the table has no row' };
    const change = column === null ? `${uid} = ${uid}` : `${column} = NOT ${column}`;
    const { rows: plans } = await client.query<{ 'QUERY PLAN': readonly [Plan] }>(
      `EXPLAIN (ANALYZE, WAL, FORMAT JSON) UPDATE ${table} SET ${change} WHERE ctid = ANY($1::tid[]) AND tableoid = $2::oid`,
      [places.map(({ place }) => place), places[0]!.leaf],
    );
    const { rows: counted } = await client.query<{ updated: number; hot: number }>(
      `SELECT pg_stat_get_xact_tuples_updated($1::oid)::int AS updated, pg_stat_get_xact_tuples_hot_updated($1::oid)::int AS hot`,
      [places[0]!.leaf],
    );
    const [plan] = plans[0]!['QUERY PLAN'];
    const { updated, hot } = counted[0]!;
    if (updated === 0) return { unknown: 'what an UPDATE costs: the rows of the sample changed meanwhile' };
    return {
      rows: updated,
      hotRows: hot,
      walBytes: plan.Plan['WAL Bytes'],
      walPages: plan.Plan['WAL FPI'],
      durationMs: plan['Execution Time'],
      ofColumn: column !== null,
    };
  } catch (error) {
    return { unknown: `what an UPDATE costs: the sample ended with "${messageOf(error)}"` };
  } finally {
    await client.query('ROLLBACK');
  }
}

interface Plan {
  readonly Plan: { readonly 'WAL Bytes': number; readonly 'WAL FPI': number };
  readonly 'Execution Time': number;
}

/** All in one leaf of a partitioned table. */
async function choosePlaces(
  client: ClientBase,
  { table, column, orderBy, rows }: SampleOptions,
): Promise<readonly { place: string; leaf: string }[]> {
  const order = orderBy === null ? '' : `ORDER BY ${orderBy}`;
  for (const condition of column === null ? ['true'] : [`NOT ${column}`, 'true']) {
    const { rows: found } = await client.query<{ place: string; leaf: string }>(
      `SELECT ctid::text AS place, tableoid::text AS leaf FROM ${table} WHERE ${condition} ${order} LIMIT ${rows}`,
    );
    if (found.length > 0) return found.filter(({ leaf }) => leaf === found[0]!.leaf);
  }
  return [];
}
