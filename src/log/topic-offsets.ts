import type { Admin } from 'kafkajs';
import type { Micros } from '../model/micros.ts';
import { offset } from '../model/offset.ts';
import type { Offset } from '../model/offset.ts';

export interface TopicOffsets {
  /** Oldest that is kept, by partition. */
  readonly start: ReadonlyMap<number, Offset>;
  /** One past the last committed message, by partition. */
  readonly end: ReadonlyMap<number, Offset>;
}

export async function readTopicOffsets(admin: Admin, topic: string): Promise<TopicOffsets> {
  const found = await admin.fetchTopicOffsets(topic);
  return {
    start: new Map(found.map(({ partition, low }) => [partition, offset(low)])),
    end: new Map(found.map(({ partition, high }) => [partition, offset(high)])),
  };
}

/** First offset of each partition that was written at or after `time`; its end when there is none. */
export async function readOffsetsSince(options: {
  admin: Admin;
  topic: string;
  time: Micros;
}): Promise<ReadonlyMap<number, Offset>> {
  const timestampMs = Math.max(0, Math.ceil(options.time / 1_000));
  const found = await options.admin.fetchTopicOffsetsByTimestamp(options.topic, timestampMs);
  return new Map(found.map(({ partition, offset: at }) => [partition, offset(at)]));
}

/** The last `count` offsets of each partition. */
export function tailOf({ start, end }: TopicOffsets, count: number): ReadonlyMap<number, Offset> {
  return new Map(
    [...end].map(([partition, high]) => [
      partition,
      offset(Math.max(start.get(partition) ?? 0, high - count)),
    ]),
  );
}
