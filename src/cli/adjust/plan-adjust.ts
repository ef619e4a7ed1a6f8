import type { Admin, Kafka } from 'kafkajs';
import { archiveGroup, tableTopic } from '../../config/names.ts';
import { decodeRecord } from '../../log/decode-record.ts';
import { readGroupProgress } from '../../log/group-progress.ts';
import { requireTopic } from '../../log/require-topic.ts';
import { readTopicOffsets } from '../../log/topic-offsets.ts';
import type { TopicOffsets } from '../../log/topic-offsets.ts';
import { TopicScanner } from '../../log/topic-scanner.ts';
import type { Micros } from '../../model/micros.ts';
import type { Progress } from '../../model/progress.ts';
import { computeBack, computeForward } from '../../watermark/adjusted-progress.ts';
import type { AdjustPlan, PartitionPlan } from './adjust-plan.ts';
import {
  countSeals,
  countSkipped,
  readAdjustedUntil,
  readManifestsAbove,
  requireWindowEdge,
} from './adjusted-table.ts';
import type { AdjustedTable } from './adjusted-table.ts';
import { findRestartPoints } from './restart-points.ts';

export interface PlanAdjustOptions extends AdjustedTable {
  readonly kafka: Kafka;
  readonly admin: Admin;
}

/**
 * Works out what moving the watermark of a table to a time means. Changes nothing.
 *
 * @throws TidemarkError ERR_USAGE when no window ends at that time or it has not come yet; ERR_LOG_TRUNCATED when the
 * log does not reach back so far; ERR_CONFIG_INVALID when the windows above were of another length.
 */
export async function planAdjust(options: PlanAdjustOptions): Promise<AdjustPlan> {
  const { config, table, admin, to } = options;
  requireWindowEdge(options);
  const topic = tableTopic(config.name, table.id);
  await requireTopic(admin, topic);
  const offsets = await readTopicOffsets(admin, topic);
  const committed = await readGroupProgress({ admin, groupId: archiveGroup(config.name), topic });
  const archivedUntil = await readAdjustedUntil(options);
  const partitions = [...offsets.end.keys()].sort((a, b) => a - b);
  const back = new Map<number, Progress>();
  for (const partition of partitions) {
    const before = committed[partition] ?? null;
    if (before !== null && before.watermark > to) back.set(partition, before);
  }
  const manifests = back.size === 0 ? [] : await readManifestsAbove(options);
  const points = await findRestartPoints({ ...options, offsets, back, manifests });
  const rowsBefore = await countRowsBefore(options, { offsets, committed });
  const plans = partitions.map((partition): PartitionPlan => {
    const before = committed[partition] ?? null;
    if (before === null || before.watermark === to)
      return { partition, direction: 'none', before, after: null };
    if (before.watermark > to) {
      const point = points.get(partition) ?? null;
      const after = computeBack({ before, to, point, windowSizeMicros: table.window.sizeMicros });
      return { partition, direction: 'back', before, after };
    }
    const after = computeForward({ before, to, rowsBefore: rowsBefore.get(partition) ?? null });
    return { partition, direction: 'forward', before, after };
  });
  return {
    table: table.id,
    to,
    archivedUntil,
    partitions: plans,
    regathered: countSeals(manifests),
    skippedRows: await countSkipped(options, leastOf(archivedUntil, plans)),
  };
}

/** Rows before the oldest one that is not sealed, as the first mark behind it knows. */
async function countRowsBefore(
  { config, table, kafka, admin, to }: PlanAdjustOptions,
  known: { readonly offsets: TopicOffsets; readonly committed: readonly (Progress | null)[] },
): Promise<ReadonlyMap<number, number>> {
  const counts = new Map<number, number>();
  const forward = [...known.committed.entries()].filter(
    (pair): pair is [number, Progress] => (pair[1]?.watermark ?? to) < to,
  );
  if (forward.length === 0) return counts;
  const topic = tableTopic(config.name, table.id);
  const decode = decodeRecord({ columns: table.ref.columns, createdAtZone: table.createdAtTimeZone });
  const scanner = await TopicScanner.open({ kafka, admin, topic, purpose: `${topic}-adjust` });
  try {
    await scanner.scan({
      from: new Map(forward.map(([partition, { offset }]) => [partition, offset])),
      until: known.offsets.end,
      visit: (message, partition) => {
        if (message.key !== null && message.key.length > 0) return true;
        const entry = decode(message);
        if (entry.kind !== 'mark') return true;
        const { audit } = known.committed[partition]!;
        const isNext = audit !== null && audit.sequence + 1 === entry.mark.sequence;
        if (isNext) counts.set(partition, entry.mark.rowsTotal - entry.mark.rows + audit.rows);
        return false;
      },
    });
  } finally {
    await scanner.close();
  }
  return counts;
}

function leastOf(archivedUntil: Micros, plans: readonly PartitionPlan[]): Micros {
  const committed = plans.map(({ before }) => before?.watermark ?? archivedUntil);
  return Math.min(archivedUntil, ...committed) as Micros;
}
