import { createRequire } from 'node:module';
import type { Kafka } from 'kafkajs';
import { TidemarkError } from '../base/errors.ts';
import { offset } from '../model/offset.ts';
import type { Offset } from '../model/offset.ts';
import { withAdmin } from './with-admin.ts';

export interface OutOfRange {
  readonly topic: string;
  readonly partition: number;
  /** Where reading was to go on. */
  readonly sought: Offset;
}

/** As much of KafkaJS 2.2.4's offset manager as is used here. */
interface OffsetManager {
  readonly groupId: string;
  nextOffset(topic: string, partition: number): { toString(): string };
  setDefaultOffset: (this: OffsetManager, place: { topic: string; partition: number }) => Promise<void>;
}

/** By consumer group. */
const listeners = new Map<string, Set<(place: OutOfRange) => void>>();

/**
 * Keeps KafkaJS from jumping when the broker no longer has the offset that is asked for: by itself it would commit
 * the earliest offset for the group, without our metadata, and read on from there
 * (docs/decisions/0040-kafkajs-never-jumps.md).
 *
 * @param onOutOfRange must see to it that the partition is fetched no more.
 * @returns a function that ends it.
 */
export function forbidJumps(groupId: string, onOutOfRange: (place: OutOfRange) => void): () => void {
  guardOffsetManager();
  const ours = listeners.get(groupId) ?? new Set();
  listeners.set(groupId, ours.add(onOutOfRange));
  return () => {
    ours.delete(onOutOfRange);
    if (ours.size === 0) listeners.delete(groupId);
  };
}

/** Says what is gone. */
export async function describeOutOfRange(kafka: Kafka, place: OutOfRange): Promise<TidemarkError> {
  const { topic, partition, sought } = place;
  const bounds = await withAdmin(kafka, (admin) => admin.fetchTopicOffsets(topic));
  const found = bounds.find((candidate) => candidate.partition === partition);
  const low = Number(found?.low ?? 0);
  const detail =
    low > sought
      ? `${topic}/${partition} begins at offset ${low}, reading had come to ${sought}: up to ${low - sought} records are gone`
      : `${topic}/${partition} ends at offset ${found?.high ?? 0}, before offset ${sought} where reading was to go on: the topic was made anew or lost its end`;
  return new TidemarkError('ERR_LOG_TRUNCATED', { detail });
}

let isGuarded = false;

function guardOffsetManager(): void {
  if (isGuarded) return;
  isGuarded = true;
  const require = createRequire(import.meta.url);
  const { prototype } = require('kafkajs/src/consumer/offsetManager') as { prototype: OffsetManager };
  const jump = prototype.setDefaultOffset;
  prototype.setDefaultOffset = function ({ topic, partition }) {
    const ours = listeners.get(this.groupId);
    if (ours === undefined) return jump.call(this, { topic, partition });
    const sought = offset(this.nextOffset(topic, partition).toString());
    for (const tell of ours) tell({ topic, partition, sought });
    return Promise.resolve();
  };
}
