import type { Admin, Kafka } from 'kafkajs';
import type { Events } from '../base/event-map.ts';
import type { Micros } from '../model/micros.ts';
import { offset } from '../model/offset.ts';
import type { Offset } from '../model/offset.ts';
import type { Progress } from '../model/progress.ts';
import { readGroupProgress } from './group-progress.ts';
import { createKafkaClient, IMPATIENT_RETRIES } from './kafka-client.ts';
import type { KafkaSecurity } from './kafka-security.ts';
import { markOf, readLastMarks } from './mark-tail.ts';
import { requireTopic } from './require-topic.ts';
import { computeRowLag } from './row-lag.ts';
import type { PartitionCounts, RowLag } from './row-lag.ts';
import { readOffsetsSince, readTopicOffsets } from './topic-offsets.ts';
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
  /** Rows of this server clock or later wait in Kafka still. */
  readonly heldSince: Micros;
  /** Rows of an earlier server clock are due. */
  readonly dueBefore: Micros;
}

export interface TableLag extends RowLag {
  /** Committed progress by partition; null where nothing is committed yet. */
  readonly progress: readonly (Progress | null)[];
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
    const progress = await readGroupProgress({ admin, groupId, topic });
    const counts = await readCounts({ kafka, admin, options, progress });
    const watermarks = progress.map((partition) => partition?.watermark ?? null);
    const least =
      watermarks.includes(null) || watermarks.length === 0 ? null : Math.min(...(watermarks as Micros[]));
    return { ...computeRowLag(counts), progress, watermark: least as Micros | null };
  });
}

async function readCounts(context: {
  kafka: Kafka;
  admin: Admin;
  options: TableLagOptions;
  progress: readonly (Progress | null)[];
}): Promise<PartitionCounts[]> {
  const { kafka, admin, options, progress } = context;
  const { topic } = options;
  const offsets = await readTopicOffsets(admin, topic);
  const scanner = await TopicScanner.open({ kafka, admin, topic, purpose: `${options.groupId}-status` });
  try {
    const totalSince = async (time: Micros): Promise<Map<number, number>> => {
      const since = await readOffsetsSince({ admin, topic, time });
      // What is sealed need not be read: the count is cut to what is not.
      const from = new Map(
        [...since].map(([partition, at]) => [
          partition,
          offset(Math.max(at, progress[partition]?.offset ?? 0)),
        ]),
      );
      return totalsBefore({ scanner, time, from, until: offsets.end });
    };
    const held = await totalSince(options.heldSince);
    const notDue = await totalSince(options.dueBefore);
    const last = await readLastMarks({ scanner, offsets });
    return [...offsets.end.keys()].map((partition) => ({
      sent: last.get(partition)?.rowsTotal ?? 0,
      sentBeforeHeld: held.get(partition) ?? last.get(partition)?.rowsTotal ?? 0,
      sentBeforeDue: notDue.get(partition) ?? last.get(partition)?.rowsTotal ?? 0,
      sealed: progress[partition]?.rowsSealed ?? 0,
    }));
  } finally {
    await scanner.close();
  }
}

/**
 * Rows of each partition before the last mark of an earlier clock: all of them are older than `time`, and of those
 * behind that mark some may be younger. The first mark at or after `time` knows how many came before it.
 *
 * Kafka's timestamps only say where to begin: rows of a snapshot are old and were sent just now, and their marks'
 * clocks say so.
 */
async function totalsBefore(options: {
  scanner: TopicScanner;
  time: Micros;
  from: ReadonlyMap<number, Offset>;
  until: ReadonlyMap<number, Offset>;
}): Promise<Map<number, number>> {
  const totals = new Map<number, number>();
  await options.scanner.scan({
    from: options.from,
    until: options.until,
    visit: (message, partition) => {
      const mark = markOf(message);
      if (mark === undefined || mark.clock < options.time) return true;
      totals.set(partition, mark.rowsTotal - mark.rows);
      return false;
    },
  });
  return totals;
}
