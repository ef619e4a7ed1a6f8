import type { Config } from '../config/config.ts';
import type { Micros } from '../model/micros.ts';
import { findArchiveConfig } from '../watermark/archive-config.ts';
import { withPostgres } from '../watermark/postgres-connection.ts';

/** archived_until by `schema.name`; tables without a row are left out. @throws TidemarkError ERR_POSTGRES_UNREACHABLE, ERR_PREREQUISITE. */
export function readArchivedUntil(config: Config): Promise<ReadonlyMap<string, Micros>> {
  const applicationName = `tidemark-status ${config.name}`;
  return withPostgres({ url: config.postgres.url, applicationName }, async (client) => {
    const archivedUntil = new Map<string, Micros>();
    for (const { id, archiveConfigId } of config.tables) {
      const row = await findArchiveConfig(client, { table: id, id: archiveConfigId });
      if (row !== null) archivedUntil.set(id, row.archivedUntil);
    }
    return archivedUntil;
  });
}
