import type { ClientBase } from 'pg';
import { TidemarkError } from '../base/errors.ts';
import { postgresTrouble } from './postgres-connection.ts';

/**
 * `shared`: by every process of the stream, which share the work among them; `exclusive`: by a batch cycle.
 */
export type LockMode = 'shared' | 'exclusive';

/** First half of the lock's key, `tide` in ASCII; the second is the hash of the table's name. */
const LOCK_CLASS = 0x74696465;

const TAKE = {
  shared: 'SELECT pg_try_advisory_lock_shared($1, hashtext($2)) AS taken',
  exclusive: 'SELECT pg_try_advisory_lock($1, hashtext($2)) AS taken',
};

const HOLDERS = `
  SELECT pid, coalesce(application_name, '') AS application
    FROM pg_locks LEFT JOIN pg_stat_activity USING (pid)
   WHERE locktype = 'advisory' AND granted AND pid <> pg_backend_pid() AND objsubid = 2
     AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
     AND classid = $1::bigint::oid AND objid = (hashtext($2)::bigint & 4294967295)::oid
   ORDER BY pid`;

/**
 * Takes the lock that keeps stream and batch from archiving one table at once. The session holds it until it ends.
 *
 * @param table `schema.name`.
 * @throws TidemarkError ERR_TABLE_TAKEN, naming who holds it; ERR_POSTGRES_UNREACHABLE.
 */
export async function takeTableLock(client: ClientBase, table: string, mode: LockMode): Promise<void> {
  try {
    const { rows } = await client.query<{ taken: boolean }>(TAKE[mode], [LOCK_CLASS, table]);
    if (rows[0]!.taken) return;
    throw lockedBy(await findLockHolders(client, table), table, mode);
  } catch (cause) {
    throw postgresTrouble(`lock ${table}`, cause);
  }
}

/** A session that has the table's lock. */
export interface LockHolder {
  readonly pid: number;
  readonly application: string;
}

/** Who archives the table at this moment, this session left out. @param table `schema.name`. */
export async function findLockHolders(client: ClientBase, table: string): Promise<readonly LockHolder[]> {
  const { rows } = await client.query<{ pid: number | string; application: string }>(HOLDERS, [
    LOCK_CLASS,
    table,
  ]);
  // A session of capture's hands numbers out as text.
  return rows.map(({ pid, application }) => ({ pid: Number(pid), application }));
}

/** For messages. */
export function describeHolder({ pid, application }: LockHolder): string {
  return `session ${pid}${application === '' ? '' : ` (${application})`}`;
}

function lockedBy(holders: readonly LockHolder[], table: string, mode: LockMode): TidemarkError {
  const names = holders.map(describeHolder);
  // It may have let go between the two questions.
  const who = names.length === 0 ? 'a session that has just ended' : names.join(', ');
  return new TidemarkError('ERR_TABLE_TAKEN', {
    detail:
      mode === 'shared'
        ? `a batch cycle archives ${table} at this moment: ${who}`
        : `${table} is archived by others already: ${who}`,
    remedy:
      mode === 'shared'
        ? 'Start again when the cycle of `tidemark run-cycle` has ended, and take it off its schedule: a table is archived by the stream or by cycles.'
        : 'Stop `tidemark archive` and `tidemark run` for this table first, or leave it to them; of another `tidemark run-cycle`, wait for the end.',
  });
}
