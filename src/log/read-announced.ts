import type { Admin, Kafka } from 'kafkajs';
import type { AnnouncedShard } from '../model/cleanup.ts';
import { offset } from '../model/offset.ts';
import type { Offset } from '../model/offset.ts';
import { readAnnouncedShard } from './announced-shard.ts';
import { TopicScanner } from './topic-scanner.ts';

/** An announcement, and where it stands. */
export interface AnnouncedAt {
  readonly partition: number;
  readonly offset: Offset;
  readonly shard: AnnouncedShard;
}

/** As many as memory does not notice. */
const PIECE_EVENTS = 1_000;

/**
 * The announced shards of a table between two places of the topic, piece by piece. Joins no group and commits nothing.
 *
 * @param options.from first offset of each partition; `until` is one past the last.
 */
export async function* readAnnounced(options: {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly topic: string;
  readonly table: string;
  readonly from: ReadonlyMap<number, Offset>;
  readonly until: ReadonlyMap<number, Offset>;
  readonly signal: AbortSignal;
}): AsyncGenerator<AnnouncedAt[]> {
  const { topic, table, until, signal } = options;
  const scanner = await TopicScanner.open({ ...options, purpose: `${topic}-cleanup` });
  try {
    for (let from = options.from; from.size > 0;) {
      const piece: AnnouncedAt[] = [];
      const rest = new Map<number, Offset>();
      await scanner.scan({
        ...{ from, until, signal },
        visit: (message, partition) => {
          if (piece.length >= PIECE_EVENTS) {
            rest.set(partition, offset(message.offset));
            return false;
          }
          const shard = readAnnouncedShard(message.value, table);
          if (shard !== undefined) piece.push({ partition, offset: offset(message.offset), shard });
          return true;
        },
      });
      signal.throwIfAborted();
      yield piece;
      from = rest;
    }
  } finally {
    await scanner.close();
  }
}
