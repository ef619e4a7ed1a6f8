import type { Admin, Kafka } from 'kafkajs';
import type { Mark } from '../model/mark.ts';
import type { Micros } from '../model/micros.ts';
import { offset } from '../model/offset.ts';
import type { Offset } from '../model/offset.ts';
import type { MarkEntry } from '../model/row.ts';
import { markOf, readLastMarks } from './mark-tail.ts';
import { readOffsetsSince, readTopicOffsets } from './topic-offsets.ts';
import { TopicScanner } from './topic-scanner.ts';

export interface PartitionMarks {
  /** Null when the partition holds none. */
  readonly last: Mark | null;
  /** The first mark whose time reaches what was asked for; null when there is none yet. */
  readonly reaching: Mark | null;
}

/**
 * The last mark of each partition, and the first one that reaches a time.
 *
 * Marks behind a transaction that is still open cannot be seen; what is behind one that a dead process left open is
 * given up after some seconds.
 *
 * @param options.needed by partition: the least time that the mark must have. Null does not look for it.
 */
export async function readPartitionMarks(options: {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly topic: string;
  readonly purpose: string;
  readonly needed: readonly (Micros | null)[];
}): Promise<PartitionMarks[]> {
  const { kafka, admin, topic, purpose, needed } = options;
  const offsets = await readTopicOffsets(admin, topic);
  const scanner = await TopicScanner.open({ kafka, admin, topic, purpose });
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const last = await readLastMarks({ scanner, offsets, signal });
    const wanted = [...last].filter(([partition, { mark }]) => mark.time >= (needed[partition] ?? Infinity));
    const reaching = await firstReaching({ ...options, signal }, scanner, wanted, offsets.end);
    return [...offsets.end]
      .sort(([a], [b]) => a - b)
      .map(([partition]) => ({
        last: last.get(partition)?.mark ?? null,
        reaching: reaching.get(partition) ?? null,
      }));
  } finally {
    await scanner.close();
  }
}

/** Readers of committed transactions wait for one that is open; a dead producer's ends after a minute. */
const PATIENCE_MS = 10_000;

/** A mark is written after the time that it names, so nothing older than that is read. */
async function firstReaching(
  options: { admin: Admin; topic: string; needed: readonly (Micros | null)[]; signal: AbortSignal },
  scanner: TopicScanner,
  wanted: readonly (readonly [number, MarkEntry])[],
  until: ReadonlyMap<number, Offset>,
): Promise<Map<number, Mark>> {
  const { admin, topic, needed, signal } = options;
  const found = new Map<number, Mark>();
  if (wanted.length === 0) return found;
  const time = Math.min(...wanted.map(([partition]) => needed[partition]!)) as Micros;
  const since = await readOffsetsSince({ admin, topic, time });
  await scanner.scan({
    from: new Map(wanted.map(([partition]) => [partition, since.get(partition) ?? offset(0)])),
    until,
    signal,
    visit: (message, partition) => {
      const mark = markOf(message)?.mark;
      if (mark === undefined || mark.time < needed[partition]!) return true;
      found.set(partition, mark);
      return false;
    },
  });
  return found;
}
