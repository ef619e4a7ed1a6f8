import type { AdjustPlan } from './adjust-plan.ts';
import {
  countSeals,
  countSkipped,
  readAdjustedUntil,
  readManifestsAbove,
  requireWindowEdge,
} from './adjusted-table.ts';
import type { AdjustedTable } from './adjusted-table.ts';

/**
 * Works out what moving the watermark means for a table that `tidemark run-cycle` archives without Kafka: only its row
 * moves, and the next cycle begins there. Changes nothing.
 *
 * @throws TidemarkError ERR_USAGE when no window ends at that time or it has not come yet; ERR_CONFIG_INVALID when the
 * windows above were of another length.
 */
export async function planCycleAdjust(options: AdjustedTable): Promise<AdjustPlan> {
  const { table, to } = options;
  requireWindowEdge(options);
  const archivedUntil = await readAdjustedUntil(options);
  const manifests = to < archivedUntil ? await readManifestsAbove(options) : [];
  return {
    ...{ table: table.id, to, archivedUntil, partitions: [] },
    regathered: countSeals(manifests),
    skippedRows: await countSkipped(options, archivedUntil),
  };
}
