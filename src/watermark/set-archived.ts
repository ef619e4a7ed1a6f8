import type { ClientBase } from 'pg';
import { messageOf, TidemarkError } from '../base/errors.ts';
import { formatMicros } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';
import type { ArchivedColumn } from './archived-column.ts';

/** A row as the table knows it. */
export interface StoredKey {
  readonly uid: string;
  /** In the column's own time, without a zone. */
  readonly localCreatedAt: Micros;
}

/** Longer than any lock that a quick migration holds, shorter than a person's patience. */
const LOCK_TIMEOUT_MS = 2_000;

/**
 * Prepares a session that must never be in the way. Losing the last batches with the server is harmless: the next run
 * finds the rows unset and sets them again, so nobody waits for a disk because of them.
 */
export async function yieldToWriters(client: ClientBase): Promise<void> {
  await client.query(
    `SET lock_timeout = ${LOCK_TIMEOUT_MS}; SET synchronous_commit = off; SET default_transaction_isolation = 'read committed'`,
  );
}

/**
 * One short transaction of its own. Rows that somebody holds locked, or has changed or set meanwhile, are passed
 * over: no writer is waited for. `NO KEY` leaves inserts of rows that refer to these by a foreign key alone.
 *
 * @returns how many rows were set.
 * @throws TidemarkError ERR_TABLE_LOCKED; what `pg` throws.
 */
export async function setArchived(
  client: ClientBase,
  column: ArchivedColumn,
  keys: readonly StoredKey[],
): Promise<number> {
  const { table, name, uid, createdAt } = column;
  try {
    const { rowCount } = await client.query(
      `WITH chosen AS (
         SELECT t.${uid} AS uid, t.${createdAt} AS at
           FROM unnest($1::${column.uidType}[], $2::${column.createdAtType}[]) AS given (uid, at)
           JOIN ${table} AS t ON t.${uid} = given.uid AND t.${createdAt} = given.at
          WHERE NOT t.${name}
            FOR NO KEY UPDATE OF t SKIP LOCKED)
       UPDATE ${table} AS t SET ${name} = true FROM chosen
        WHERE t.${uid} = chosen.uid AND t.${createdAt} = chosen.at AND NOT t.${name}`,
      [keys.map((key) => key.uid), keys.map((key) => formatMicros(key.localCreatedAt).replace('Z', ''))],
    );
    return rowCount ?? 0;
  } catch (cause) {
    if ((cause as { code?: unknown } | null)?.code !== LOCK_NOT_AVAILABLE) throw cause;
    throw new TidemarkError('ERR_TABLE_LOCKED', { detail: `${table}: ${messageOf(cause)}`, cause });
  }
}

/** SQLSTATE of a lock_timeout. */
const LOCK_NOT_AVAILABLE = '55P03';
