import { createRequire } from 'node:module';
import type { Kafka } from 'kafkajs';
import { TidemarkError } from '../base/errors.ts';
import type { Offset } from '../model/offset.ts';
import type { Place } from './assignment.ts';
import { withAdmin } from './with-admin.ts';

interface OutOfRange extends Place {
  /** Where reading was to go on. */
  readonly sought: Offset;
}

/** As much of KafkaJS 2.2.4's offset manager as is used here. */
interface OffsetManager {
  readonly groupId: string;
  setDefaultOffset: (this: OffsetManager, place: Place) => Promise<void>;
}

/** By consumer group. */
const listeners = new Map<string, Set<(place: Place) => void>>();

/**
 * Keeps KafkaJS from jumping when the broker no longer has the offset that is asked for: by itself it would commit
 * the earliest offset for the group, without our metadata, and read on from there
 * (docs/decisions/0040-kafkajs-never-jumps.md).
 *
 * @param onOutOfRange must see to it that the partition is fetched no more.
 * @returns a function that ends it.
 */
export function forbidJumps(groupId: string, onOutOfRange: (place: Place) => void): () => void {
  guardOffsetManager();
  const ours = listeners.get(groupId) ?? new Set();
  listeners.set(groupId, ours.add(onOutOfRange));
  return () => {
    ours.delete(onOutOfRange);
    if (ours.size === 0) listeners.delete(groupId);
  };
}

/** @throws TidemarkError ERR_LOG_TRUNCATED, which says what is gone, when the log does not hold the place. */
export async function requireInRange(kafka: Kafka, place: OutOfRange): Promise<void> {
  const { topic, partition, sought } = place;
  const bounds = await withAdmin(kafka, (admin) => admin.fetchTopicOffsets(topic));
  const found = bounds.find((candidate) => candidate.partition === partition);
  const [low, high] = [Number(found?.low ?? 0), Number(found?.high ?? 0)];
  if (low <= sought && sought <= high) return;
  const detail =
    low > sought
      ? `${topic}/${partition} begins at offset ${low}, reading had come to ${sought}: up to ${low - sought} records are gone`
      : `${topic}/${partition} ends at offset ${high}, before offset ${sought} where reading was to go on: the topic was made anew or lost its end`;
  throw new TidemarkError('ERR_LOG_TRUNCATED', { detail });
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
    for (const tell of ours) tell({ topic, partition });
    return Promise.resolve();
  };
}
