import type pg from 'pg';
import { micros } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';
import { SESSION_PREFIX } from './postgres-session.ts';
import { HOLDS_BACK, OWN_SESSIONS } from './server-transactions.ts';

/** A transaction that the marks wait for, as a person would look for it. */
export interface HoldingTransaction {
  /** Null for a prepared one. */
  readonly pid: number | null;
  /** Name of a prepared transaction, for COMMIT PREPARED. */
  readonly gid: string | null;
  /** Null while it has written nothing. */
  readonly xid: string | null;
  /** Start of the transaction; of a prepared one, when it was prepared. */
  readonly since: Micros;
  readonly user: string;
  readonly application: string;
  /** `active`, `idle in transaction`, `prepared`. */
  readonly state: string;
}

export interface HoldingTransactions {
  /** The oldest first. */
  readonly transactions: readonly HoldingTransaction[];
  /** True when the role may not see other users' sessions, so that the list may lack some. */
  readonly isPartial: boolean;
}

const since = (column: string): string => `(extract(epoch FROM ${column}) * 1000000)::bigint`;

const OPEN = `
  SELECT pid, ${since('xact_start')} AS since, usename AS "user", application_name AS application, state,
         backend_xid::text AS xid, backend_type IS NULL AS hidden
    FROM pg_stat_activity WHERE ${HOLDS_BACK}
   ORDER BY xact_start LIMIT 20`;

const PREPARED = `
  SELECT gid, transaction::text AS xid, ${since('prepared')} AS since, owner AS "user"
    FROM pg_prepared_xacts WHERE database = current_database() ORDER BY prepared LIMIT 20`;

interface Found {
  readonly pid?: string;
  readonly gid?: string;
  readonly xid: string | null;
  readonly since: string | null;
  readonly user: string | null;
  readonly application?: string | null;
  readonly state?: string | null;
  readonly hidden?: string;
}

/** What {@link readServerTransactions} would see, with the names that help to find who it is. */
export async function readHoldingTransactions(
  client: pg.Client,
  ignoreApplications: readonly string[],
): Promise<HoldingTransactions> {
  const open = await client.query<Found>(OPEN, [OWN_SESSIONS, ignoreApplications]);
  const prepared = await client.query<Found>(PREPARED);
  const transactions = [...open.rows, ...prepared.rows]
    .flatMap((row): HoldingTransaction[] =>
      row.since === null
        ? []
        : [
            {
              pid: row.pid === undefined ? null : Number(row.pid),
              gid: row.gid ?? null,
              xid: row.xid,
              since: micros(BigInt(row.since)),
              user: row.user ?? 'unknown',
              application: row.application ?? '',
              state: row.gid === undefined ? (row.state ?? 'unknown') : 'prepared',
            },
          ],
    )
    .sort((a, b) => a.since - b.since);
  return { transactions, isPartial: open.rows.some(({ hidden }) => hidden === 't') };
}

/** True while a capture reads a snapshot in this database, or waits for one; meanwhile nobody reads the slot. */
export async function hasSnapshotSession(client: pg.Client): Promise<boolean> {
  const names = ['snapshot', 'snapshot-export'].map((purpose) => `${SESSION_PREFIX} ${purpose}`);
  const found = await client.query(
    'SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = ANY($1::text[]) LIMIT 1',
    [names],
  );
  return found.rows.length > 0;
}
