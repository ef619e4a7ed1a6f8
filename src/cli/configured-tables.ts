import { TidemarkError } from '../base/errors.ts';
import type { Config, TableConfig } from '../config/config.ts';

/**
 * The tables that `--table` chooses: the named one, or all.
 *
 * @throws TidemarkError ERR_USAGE when the configuration has no such table.
 */
export function requireTables(config: Config, table: string | undefined): readonly TableConfig[] {
  if (table === undefined) return config.tables;
  const found = config.tables.filter(({ id }) => id === table);
  if (found.length > 0) return found;
  throw new TidemarkError('ERR_USAGE', {
    detail: `--table ${table} is not in the configuration, which has ${config.tables.map(({ id }) => id).join(', ')}`,
  });
}
