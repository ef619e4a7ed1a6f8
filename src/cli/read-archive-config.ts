import type { Config } from '../config/config.ts';
import { findArchiveConfig } from '../watermark/archive-config.ts';
import type { ArchiveConfigRow } from '../watermark/archive-config.ts';
import { withPostgres } from '../watermark/postgres-connection.ts';

/** Rows of des_archive_config by `schema.name`; tables without one are left out. @throws TidemarkError ERR_POSTGRES_UNREACHABLE, ERR_PREREQUISITE. */
export function readArchiveConfig(config: Config): Promise<ReadonlyMap<string, ArchiveConfigRow>> {
  const applicationName = `tidemark-status ${config.name}`;
  return withPostgres({ url: config.postgres.url, applicationName }, async (client) => {
    const found = new Map<string, ArchiveConfigRow>();
    for (const { id, archiveConfigId } of config.tables) {
      const row = await findArchiveConfig(client, { table: id, id: archiveConfigId });
      if (row !== null) found.set(id, row);
    }
    return found;
  });
}
