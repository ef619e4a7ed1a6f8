import type { Admin, Kafka } from 'kafkajs';
import { assert } from '../../base/assert.ts';
import { systemClock } from '../../base/clock.ts';
import { TidemarkError } from '../../base/errors.ts';
import type { Config, TableConfig } from '../../config/config.ts';
import { archiveGroup, rejectsTopic, shardsTopic, tableTopic } from '../../config/names.ts';
import { writeAdjusted } from '../../log/cloud-events.ts';
import { PartitionCommitter } from '../../log/partition-committer.ts';
import { setArchivedUntil } from '../../watermark/archive-config.ts';
import { withPostgres } from '../../watermark/postgres-connection.ts';
import { takeTableLock } from '../../watermark/table-lock.ts';
import type { AdjustPlan, PartitionPlan } from './adjust-plan.ts';

export interface ApplyAdjustOptions {
  readonly config: Config;
  readonly table: TableConfig;
  /** Null where cycles archive the table without Kafka. */
  readonly log: { readonly kafka: Kafka; readonly admin: Admin } | null;
  readonly plan: AdjustPlan;
}

/**
 * Carries a plan out, partition by partition; each fences whoever owned it. Broken off, it is finished by doing it
 * again. The row in Postgres goes back before the partitions and forward after them: it is never ahead of them. Nobody
 * archives the table meanwhile.
 *
 * @throws TidemarkError ERR_GROUP_ACTIVE when a partition has moved since the plan was made; ERR_TABLE_TAKEN when the table
 * is being archived.
 */
export async function applyAdjust(options: ApplyAdjustOptions): Promise<void> {
  const { config, table, plan } = options;
  const { to, archivedUntil } = plan;
  const key = { table: table.id, id: table.archiveConfigId };
  const applicationName = `tidemark-adjust ${config.name}`;
  await withPostgres({ url: config.postgres.url, applicationName }, async (client) => {
    await takeTableLock(client, table.id, 'exclusive');
    if (to < archivedUntil) await setArchivedUntil({ client, key, to });
    for (const partition of plan.partitions) await commitPartition(options, partition);
    if (to > archivedUntil) await setArchivedUntil({ client, key, to });
  });
}

async function commitPartition(
  { config, table, log, plan }: ApplyAdjustOptions,
  { partition, before, after }: PartitionPlan,
): Promise<void> {
  if (before === null || after === null) return;
  assert(log !== null, 'only a table with a log has partitions');
  const topic = tableTopic(config.name, table.id);
  const groupId = archiveGroup(config.name);
  const committer = new PartitionCommitter({ ...log, groupId, topic, partition });
  try {
    const { progress } = await committer.open();
    if (progress?.epoch !== before.epoch || progress.offset !== before.offset)
      throw new TidemarkError('ERR_GROUP_ACTIVE', {
        detail: `${topic}/${partition} was committed to since the plan was made`,
      });
    const names = {
      name: config.name,
      table: table.id,
      partition,
      partitionCount: plan.partitions.length,
      shardsTopic: shardsTopic(config.name),
      rejectsTopic: rejectsTopic(config.name),
    };
    const moved = { from: before.watermark, to: plan.to, epoch: after.epoch, time: systemClock.now() };
    await committer.commit({ messages: [writeAdjusted(names, moved)], progress: after });
  } finally {
    await committer.close();
  }
}
