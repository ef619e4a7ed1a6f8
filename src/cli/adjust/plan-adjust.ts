import type { Admin, Kafka } from 'kafkajs';
import { TidemarkError } from '../../base/errors.ts';
import type { Config, TableConfig } from '../../config/config.ts';
import { archiveGroup, tableTopic } from '../../config/names.ts';
import { decodeRecord } from '../../log/decode-record.ts';
import { readGroupProgress } from '../../log/group-progress.ts';
import { requireTopic } from '../../log/require-topic.ts';
import { readTopicOffsets } from '../../log/topic-offsets.ts';
import type { TopicOffsets } from '../../log/topic-offsets.ts';
import { TopicScanner } from '../../log/topic-scanner.ts';
import { formatMicros } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { Progress } from '../../model/progress.ts';
import { floorToWindow } from '../../model/window.ts';
import { listManifests } from '../../sinks/read/manifests.ts';
import type { Sink } from '../../sinks/sink.ts';
import { computeBack, computeForward } from '../../watermark/adjusted-progress.ts';
import { requireArchiveConfig } from '../../watermark/archive-config.ts';
import { countRows } from '../../watermark/count-rows.ts';
import { withPostgres } from '../../watermark/postgres-connection.ts';
import { readServerClock } from '../../watermark/server-clock.ts';
import { SKIPPED_ROWS_MAX } from './adjust-plan.ts';
import type { AdjustPlan, PartitionPlan } from './adjust-plan.ts';
import { findRestartPoints } from './restart-points.ts';

export interface PlanAdjustOptions {
  readonly config: Config;
  readonly table: TableConfig;
  readonly sink: Sink;
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly to: Micros;
}

/**
 * Works out what moving the watermark of a table to a time means. Changes nothing.
 *
 * @throws TidemarkError ERR_USAGE when no window ends at that time or it has not come yet; ERR_LOG_TRUNCATED when the
 * log does not reach back so far; ERR_CONFIG_INVALID when the windows above were of another length.
 */
export async function planAdjust(options: PlanAdjustOptions): Promise<AdjustPlan> {
  const { config, table, admin, sink, to } = options;
  requireEdge(to, table.window.sizeMicros);
  const topic = tableTopic(config.name, table.id);
  await requireTopic(admin, topic);
  const offsets = await readTopicOffsets(admin, topic);
  const committed = await readGroupProgress({ admin, groupId: archiveGroup(config.name), topic });
  const archivedUntil = await readArchivedUntil(options);
  const partitions = [...offsets.end.keys()].sort((a, b) => a - b);
  const back = new Map<number, Progress>();
  for (const partition of partitions) {
    const before = committed[partition] ?? null;
    if (before !== null && before.watermark > to) back.set(partition, before);
  }
  const manifests = back.size === 0 ? [] : await readManifestsAbove(sink, table, to);
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
    regathered: {
      seals: manifests.length,
      shards: manifests.reduce((sum, { shards }) => sum + shards.length, 0),
    },
    skippedRows: await countSkipped(options, leastOf(archivedUntil, plans)),
  };
}

function requireEdge(to: Micros, sizeMicros: number): void {
  const below = floorToWindow(to, sizeMicros);
  if (below === to) return;
  const above = (below + sizeMicros) as Micros;
  throw new TidemarkError('ERR_USAGE', {
    detail: `--to ${formatMicros(to)} is not the end of a window`,
    remedy: `Give ${formatMicros(below)} or ${formatMicros(above)}.`,
  });
}

async function readArchivedUntil({ config, table, to }: PlanAdjustOptions): Promise<Micros> {
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

async function readManifestsAbove(sink: Sink, table: TableConfig, to: Micros): Promise<Manifest[]> {
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

async function countSkipped({ config, table, to }: PlanAdjustOptions, start: Micros): Promise<number> {
  if (start >= to) return 0;
  const { url } = config.postgres;
  return withPostgres({ url, applicationName: `tidemark-adjust ${config.name}` }, (client) =>
    countRows({
      ...{ client, table: table.ref, timeZone: table.createdAtTimeZone },
      ...{ start, end: to, rowsMax: SKIPPED_ROWS_MAX },
    }),
  );
}
