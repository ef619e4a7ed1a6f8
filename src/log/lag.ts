import type { Admin } from 'kafkajs';
import type { Events } from '../base/event-map.ts';
import type { Micros } from '../model/micros.ts';
import type { Progress } from '../model/progress.ts';
import { floorToWindow } from '../model/window.ts';
import { readGroupProgress } from './group-progress.ts';
import { createKafkaClient, IMPATIENT_RETRIES } from './kafka-client.ts';
import { PartitionPlaces } from './partition-places.ts';
import type { KafkaSecurity } from './kafka-security.ts';
import { requireTopic } from './require-topic.ts';
import { addRowLags } from './row-lag.ts';
import type { PartitionRowLag, RowLag } from './row-lag.ts';
import { readTopicOffsets } from './topic-offsets.ts';
import { TopicScanner } from './topic-scanner.ts';
import { withAdmin } from './with-admin.ts';

export interface TableLagOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly security?: KafkaSecurity;
  readonly events: Events;
  readonly topic: string;
  /** The archive's consumer group. */
  readonly groupId: string;
  readonly now: Micros;
  readonly holdMicros: number;
  readonly lagMicros: number;
  readonly sizeMicros: number;
}

export interface PartitionLag extends PartitionRowLag {
  readonly partition: number;
  /** As committed; null where nothing is yet. */
  readonly progress: Progress | null;
  /** Since when the oldest overdue row is overdue, at least; null while none is. */
  readonly overdueSince: Micros | null;
}

export interface TableLag extends RowLag {
  /** In the order of their numbers. */
  readonly partitions: readonly PartitionLag[];
  /** Least watermark over the partitions; null while one has none. */
  readonly watermark: Micros | null;
}

/**
 * Where a table's rows are, from the counters in the marks and the archive's committed progress.
 *
 * @throws TidemarkError ERR_KAFKA_UNREACHABLE, ERR_TOPIC_INVALID, ERR_METADATA_INVALID.
 */
export async function readTableLag(options: TableLagOptions): Promise<TableLag> {
  const kafka = createKafkaClient({ ...options, retries: IMPATIENT_RETRIES });
  return withAdmin(kafka, async (admin) => {
    const { topic, groupId } = options;
    await requireTopic(admin, topic);
    // Before the end of the log: what is sealed by then was sent before it.
    const progress = await readGroupProgress({ admin, groupId, topic });
    const scanner = await TopicScanner.open({ kafka, admin, topic, purpose: `${groupId}-status` });
    try {
      const partitions = await readPartitionLags({ admin, scanner, options, progress });
      return { ...addRowLags(partitions), partitions, watermark: leastWatermark(progress) };
    } finally {
      await scanner.close();
    }
  });
}

function leastWatermark(progress: readonly (Progress | null)[]): Micros | null {
  const watermarks = progress.map((partition) => partition?.watermark ?? null);
  if (watermarks.includes(null) || watermarks.length === 0) return null;
  return Math.min(...(watermarks as Micros[])) as Micros;
}

async function readPartitionLags(context: {
  admin: Admin;
  scanner: TopicScanner;
  options: TableLagOptions;
  progress: readonly (Progress | null)[];
}): Promise<PartitionLag[]> {
  const { admin, scanner, progress, options } = context;
  const { topic, now, holdMicros, lagMicros, sizeMicros } = options;
  const dueBefore = floorToWindow((now - lagMicros) as Micros, sizeMicros);
  const offsets = await readTopicOffsets(admin, topic);
  const places = await PartitionPlaces.read({
    ...{ admin, scanner, topic, offsets, progress, dueBefore },
    heldSince: (now - holdMicros) as Micros,
  });
  return [...offsets.end.keys()]
    .sort((a, b) => a - b)
    .map((partition) => {
      const lag = places.lagOf(partition);
      return {
        ...lag,
        partition,
        progress: progress[partition] ?? null,
        overdueSince: lag.overdue === 0 ? null : places.dueOfOldest(partition, { lagMicros, sizeMicros }),
      };
    });
}
