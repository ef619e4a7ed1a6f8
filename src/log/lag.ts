import type { Admin, Kafka, KafkaMessage } from 'kafkajs';
import type { Events } from '../base/event-map.ts';
import type { Mark } from '../model/mark.ts';
import type { Micros } from '../model/micros.ts';
import { offset } from '../model/offset.ts';
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
      const mark = markOf(message);
      if (mark !== undefined) totals.set(partition, mark.rowsTotal);
      return true;
    };
    await scanner.scan({ from: new Map(open), until: offsets.end, visit });
    if (open.every(([partition, from]) => totals.has(partition) || from === offsets.start.get(partition)))
      return totals;
  }
}

/** A mark comes every second; this is what a partition of a quiet table holds in some minutes. */
const TAIL_MESSAGES = 256;

type MarkCounts = Pick<Mark, 'clock' | 'rows' | 'rowsTotal'>;

function markOf({ key, value }: KafkaMessage): MarkCounts | undefined {
  // Marks have no key and are short: rows are not parsed to find them.
  if (value === null || (key !== null && key.length > 0) || value.length > MARK_BYTES_MAX) return undefined;
  try {
    const { resolved } = JSON.parse(value.toString('utf8')) as { resolved?: Record<string, unknown> };
    const counts = {
      clock: resolved?.['clock'],
      rows: resolved?.['rows'],
      rowsTotal: resolved?.['rowsTotal'],
    };
    return Object.values(counts).every(Number.isSafeInteger) ? (counts as MarkCounts) : undefined;
  } catch {
    // Poison in the topic: the archive reports it, the count passes over it.
    return undefined;
  }
}

const MARK_BYTES_MAX = 4_096;
