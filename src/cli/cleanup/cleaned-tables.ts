import { TidemarkError } from '../../base/errors.ts';
import type { Config, TableConfig } from '../../config/config.ts';
import { requireTables } from '../configured-tables.ts';

/**
 * The tables of which source files may be removed.
 *
 * @throws TidemarkError ERR_CONFIG_INVALID when there is none; ERR_USAGE when `--table` names one that is none.
 */
export function requireCleanedTables(config: Config, table: string | undefined): readonly TableConfig[] {
  const { roots } = config.cleanup;
  const found = requireTables(config, table).filter(
    ({ payload, source }) => payload === 'file' && source.roots.some((root) => roots.includes(root)),
  );
  if (found.length > 0) return found;
  if (table !== undefined)
    throw new TidemarkError('ERR_USAGE', {
      detail: `--table ${table} has no root in cleanup.roots, so none of its files may be removed`,
      remedy: 'Add one of its source.roots to cleanup.roots, after reading docs/cleanup.md.',
    });
  throw new TidemarkError('ERR_CONFIG_INVALID', {
    detail: 'cleanup.roots is empty, or no table that names files has one of them: nothing may be removed',
    remedy:
      'List in cleanup.roots those of tables[].source.roots in which archived files may be removed, after reading docs/cleanup.md.',
  });
}
