import type { ClientBase } from 'pg';
import type { ArchivedColumn } from './archived-column.ts';
import { postgresTrouble } from './postgres-connection.ts';

/**
 * Marks the rows of one batch as archived: one statement, in the uid's own type, so that its index serves.
 *
 * @throws TidemarkError ERR_PREREQUISITE, ERR_TABLE_INVALID, ERR_POSTGRES_UNREACHABLE.
 */
export async function markArchived(
  client: ClientBase,
  { table, name, uid, uidType }: ArchivedColumn,
  uids: readonly string[],
): Promise<void> {
  try {
    await client.query(`UPDATE ${table} SET ${name} = TRUE WHERE ${uid} = ANY ($1::text[]::${uidType}[])`, [
      uids,
    ]);
  } catch (cause) {
    throw postgresTrouble(`mark rows of ${table} as archived`, cause);
  }
}
