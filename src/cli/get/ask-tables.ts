import { isRetryable, TidemarkError } from '../../base/errors.ts';
import type { Micros } from '../../model/micros.ts';
import type { UidQuery } from '../../sinks/read/search-uid.ts';
import type { CliContext } from '../cli-context.ts';
import { loadContextConfig } from '../cli-context.ts';

/** A row as a table has it. */
export interface TableTime {
  readonly table: string;
  readonly createdAt: Micros;
}

/** What can be said of a table that cannot be asked; anything else is a mistake of ours. */
const ABSENT = new Set([
  ...['ERR_POSTGRES_UNREACHABLE', 'ERR_PREREQUISITE', 'ERR_TABLE_INVALID'],
  ...['ERR_TLS_REFUSED', 'ERR_SECRET_FILE'],
]);

/**
 * Asks the tables of the configuration when the rows with a uid were created.
 *
 * @returns what they have, or undefined when Postgres cannot be asked, which is said.
 */
export async function askTables(
  context: CliContext,
  { uid, table: only, from, to }: UidQuery,
): Promise<TableTime[] | undefined> {
  const { postgres, tables } = await loadContextConfig(context);
  const { findCreatedAt } = await import('../../capture/find-created-at.ts');
  const found: TableTime[] = [];
  try {
    for (const { id, ref, createdAtTimeZone } of tables) {
      if (only !== undefined && id !== only) continue;
      const table = { ...ref, createdAtZone: createdAtTimeZone };
      for (const createdAt of await findCreatedAt({ url: postgres.url, table, uid }))
        if (createdAt > (from ?? -Infinity) && createdAt <= (to ?? Infinity))
          found.push({ table: id, createdAt });
    }
  } catch (error) {
    if (!(error instanceof TidemarkError) || !ABSENT.has(error.code)) throw error;
    const why = isRetryable(error) ? 'does not answer' : 'cannot be asked';
    context.terminal.say(`Postgres ${why} (${error.detail}); looking in the archive itself\n`);
    return undefined;
  }
  return found;
}
