import { TidemarkError } from '../../base/errors.ts';
import type { Config, TableConfig } from '../../config/config.ts';
import type { Manifest } from '../../model/manifest.ts';
import { formatMicros } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import { floorToWindow } from '../../model/window.ts';
import { listManifests } from '../../sinks/read/manifests.ts';
import type { Sink } from '../../sinks/sink.ts';
import { requireArchiveConfig } from '../../watermark/archive-config.ts';
import { countRows } from '../../watermark/count-rows.ts';
import { withPostgres } from '../../watermark/postgres-connection.ts';
import { readServerClock } from '../../watermark/server-clock.ts';
import { SKIPPED_ROWS_MAX } from './adjust-plan.ts';
import type { AdjustPlan } from './adjust-plan.ts';

/** A table whose watermark is to be moved. */
export interface AdjustedTable {
  readonly config: Config;
  readonly table: TableConfig;
  readonly sink: Sink;
  readonly to: Micros;
}

/** @throws TidemarkError ERR_USAGE when no window ends at that time. */
export function requireWindowEdge({ table, to }: AdjustedTable): void {
  const { sizeMicros } = table.window;
  const below = floorToWindow(to, sizeMicros);
  if (below === to) return;
  const above = (below + sizeMicros) as Micros;
  throw new TidemarkError('ERR_USAGE', {
    detail: `--to ${formatMicros(to)} is not the end of a window`,
    remedy: `Give ${formatMicros(below)} or ${formatMicros(above)}.`,
  });
}

/** @throws TidemarkError ERR_USAGE when the time has not come yet; ERR_PREREQUISITE when there is no row. */
export async function readAdjustedUntil({ config, table, to }: AdjustedTable): Promise<Micros> {
  const { url } = config.postgres;
  return withPostgres({ url, applicationName: `tidemark-adjust ${config.name}` }, async (client) => {
    if (to > (await readServerClock(client)))
      throw new TidemarkError('ERR_USAGE', {
        detail: `--to ${formatMicros(to)} has not come yet: every row until then would be late`,
      });
    const key = { table: table.id, id: table.archiveConfigId };
    return (await requireArchiveConfig(client, key)).archivedUntil;
  });
}

/** @throws TidemarkError ERR_CONFIG_INVALID when the windows above were of another length. */
export async function readManifestsAbove({ sink, table, to }: AdjustedTable): Promise<Manifest[]> {
  const found: Manifest[] = [];
  for await (const { name, manifest } of listManifests(sink, { table: table.id, from: to })) {
    const { start, end } = manifest.window;
    if (end - start !== table.window.sizeMicros)
      throw new TidemarkError('ERR_CONFIG_INVALID', {
        detail: `${name} is of a window of ${(end - start) / 1_000_000} s, window.size is ${table.window.sizeMicros / 1_000_000} s: gathered again, its rows would fall into other windows`,
        remedy: 'Set window.size as it was then, or choose a time after the last window of that length.',
      });
    found.push(manifest);
  }
  return found;
}

export function countSeals(manifests: readonly Manifest[]): AdjustPlan['regathered'] {
  return {
    seals: manifests.length,
    shards: manifests.reduce((sum, { shards }) => sum + shards.length, 0),
  };
}

/** @returns rows of the table in the span that is passed over. */
export async function countSkipped({ config, table, to }: AdjustedTable, start: Micros): Promise<number> {
  if (start >= to) return 0;
  const { url } = config.postgres;
  return withPostgres({ url, applicationName: `tidemark-adjust ${config.name}` }, (client) =>
    countRows({
      ...{ client, table: table.ref, timeZone: table.createdAtTimeZone },
      ...{ start, end: to, rowsMax: SKIPPED_ROWS_MAX },
    }),
  );
}
