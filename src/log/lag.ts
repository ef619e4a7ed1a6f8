import type { Admin, Kafka, KafkaMessage } from 'kafkajs';
import type { Events } from '../base/event-map.ts';
import type { Micros } from '../model/micros.ts';
import type { Offset } from '../model/offset.ts';
import type { Progress } from '../model/progress.ts';
import { readGroupProgress } from './group-progress.ts';
import { createKafkaClient, IMPATIENT_RETRIES } from './kafka-client.ts';
import { requireTopic } from './require-topic.ts';
import { computeRowLag } from './row-lag.ts';
import type { PartitionCounts, RowLag } from './row-lag.ts';
import { readOffsetsSince, readTopicOffsets, tailOf } from './topic-offsets.ts';
import { TopicScanner } from './topic-scanner.ts';
import { withAdmin } from './with-admin.ts';

export interface TableLagOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly events: Events;
  readonly topic: string;
  /** The archive's consumer group. */
  readonly groupId: string;
  /** Rows sent at or after this wait in Kafka still. */
  readonly heldSince: Micros;
  /** Rows sent at or after this are not yet due. */
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
    const totalSince = async (time: Micros): Promise<Map<number, number>> =>
      firstTotals({ scanner, from: await readOffsetsSince({ admin, topic, time }), until: offsets.end });
    const held = await totalSince(options.heldSince);
    const notDue = await totalSince(options.dueBefore);
    const last = await lastTotals({ scanner, offsets });
    return [...offsets.end.keys()].map((partition) => ({
      sent: last.get(partition) ?? 0,
      sentBeforeHeld: held.get(partition) ?? last.get(partition) ?? 0,
      sentBeforeDue: notDue.get(partition) ?? last.get(partition) ?? 0,
      sealed: progress[partition]?.rowsSealed ?? 0,
    }));
  } finally {
    await scanner.close();
  }
}

/** Rows ever sent to each partition, as the first mark from the given offsets on says it. */
async function firstTotals(options: {
  scanner: TopicScanner;
  from: ReadonlyMap<number, Offset>;
  until: ReadonlyMap<number, Offset>;
}): Promise<Map<number, number>> {
  const totals = new Map<number, number>();
  await options.scanner.scan({
    from: options.from,
    until: options.until,
    visit: (message, partition) => {
      const total = rowsTotalOf(message);
      if (total !== undefined) totals.set(partition, total);
      return total === undefined;
    },
  });
  return totals;
}

/** The same of the last mark: looks at the tail, and further back while a partition shows none. */
async function lastTotals(options: {
  scanner: TopicScanner;
  offsets: { start: ReadonlyMap<number, Offset>; end: ReadonlyMap<number, Offset> };
}): Promise<Map<number, number>> {
  const { scanner, offsets } = options;
  const totals = new Map<number, number>();
  for (let span = TAIL_MESSAGES; ; span *= 4) {
    const open = [...tailOf(offsets, span)].filter(([partition]) => !totals.has(partition));
    if (open.length === 0) return totals;
    const visit = (message: KafkaMessage, partition: number): boolean => {
      const total = rowsTotalOf(message);
      if (total !== undefined) totals.set(partition, total);
      return true;
    };
    await scanner.scan({ from: new Map(open), until: offsets.end, visit });
    if (open.every(([partition, from]) => totals.has(partition) || from === offsets.start.get(partition)))
      return totals;
  }
}

/** A mark comes every second; this is what a partition of a quiet table holds in some minutes. */
const TAIL_MESSAGES = 256;

function rowsTotalOf({ key, value }: KafkaMessage): number | undefined {
  // Marks have no key and are short: rows are not parsed to find them.
  if (value === null || (key !== null && key.length > 0) || value.length > MARK_BYTES_MAX) return undefined;
  try {
    const total = (JSON.parse(value.toString('utf8')) as { resolved?: { rowsTotal?: unknown } }).resolved
      ?.rowsTotal;
    return typeof total === 'number' ? total : undefined;
  } catch {
    // Poison in the topic: the archive reports it, the count passes over it.
    return undefined;
  }
}

const MARK_BYTES_MAX = 4_096;
