import type pg from 'pg';
import { TidemarkError } from '../base/errors.ts';
import { micros } from '../model/micros.ts';
import { SESSION_PREFIX } from './postgres-session.ts';
import type { ServerTransactions } from './mark-time.ts';

/**
 * Ours insert no rows. The archive's UPDATE may wait for a lock, and must not hold the marks back meanwhile; status and
 * explain must not take a look of their own for somebody's transaction.
 */
export const OWN_SESSIONS = [
  `${SESSION_PREFIX} `,
  'tidemark-archive ',
  'tidemark-cycle ',
  'tidemark-status ',
];

const epoch = (expression: string): string => `(extract(epoch FROM ${expression}) * 1000000)::bigint`;

const CLOCK = `SELECT ${epoch('clock_timestamp()')} AS clock`;

/** Sessions that count. $1: beginnings of application names, $2: whole ones, that do not. */
export const HOLDS_BACK = `datname = current_database() AND pid <> pg_backend_pid()
     AND (backend_type IS NULL
          OR (xact_start IS NOT NULL AND backend_type NOT IN ('autovacuum worker', 'walsender')
              AND NOT application_name ^@ ANY ($1::text[]) AND NOT application_name = ANY($2::text[])))`;

/**
 * Autovacuum and walsenders insert nothing. A session whose columns are hidden has no backend_type: then the
 * right to see it is missing, which must never look like "no transaction".
 */
const OPEN = `
  SELECT pid, ${epoch('xact_start')} AS started, backend_type IS NULL AS hidden
    FROM pg_stat_activity WHERE ${HOLDS_BACK}`;

const PREPARED = `
  SELECT transaction::text AS xid, ${epoch('prepared')} AS prepared
    FROM pg_prepared_xacts WHERE database = current_database()`;

/**
 * Looks at what is open in this database, in an order in which nothing can slip through: a transaction that begins
 * after the clock was read is younger than it, and one that is prepared between the two looks is seen by the second.
 *
 * @throws TidemarkError ERR_PREREQUISITE without pg_read_all_stats.
 */
export async function readServerTransactions(
  client: pg.Client,
  ignoreApplications: readonly string[],
): Promise<ServerTransactions> {
  const clock = await client.query<{ clock: string }>(CLOCK);
  const open = await client.query<{ pid: string; started: string; hidden: string }>(OPEN, [
    OWN_SESSIONS,
    ignoreApplications,
  ]);
  if (open.rows.some(({ hidden }) => hidden === 't')) {
    throw new TidemarkError('ERR_PREREQUISITE', {
      detail: 'marks need pg_read_all_stats: the transactions of other users are hidden',
      remedy: 'GRANT pg_read_all_stats TO the role of postgres.url',
    });
  }
  const prepared = await client.query<{ xid: string; prepared: string }>(PREPARED);
  return {
    clock: micros(BigInt(clock.rows[0]!.clock)),
    open: open.rows.map(({ pid, started }) => ({ pid: Number(pid), startedAt: micros(BigInt(started)) })),
    prepared: prepared.rows.map((row) => ({ xid: row.xid, preparedAt: micros(BigInt(row.prepared)) })),
  };
}
