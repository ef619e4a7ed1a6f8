import type { Admin, TopicOffsets } from 'kafkajs';
import { micros } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import { offset } from '../../model/offset.ts';
import type { SourcePosition } from '../../model/source-position.ts';
import { whileCoordinatorMoves } from '../coordinator-moves.ts';

const VERSION = 1;

/** The positions as offsets of capture's group, so that Kafka's own tools show how far it is behind the connector. */
export function sourceOffsets(sources: readonly SourcePosition[]): TopicOffsets[] {
  const topics = new Map<string, TopicOffsets['partitions']>();
  for (const { topic, partition, next, seen, firstEnd, bound } of sources) {
    const partitions = topics.get(topic) ?? [];
    topics.set(topic, partitions);
    const metadata = JSON.stringify({ v: VERSION, seen, firstEnd, bound });
    partitions.push({ partition, offset: String(next), metadata } as (typeof partitions)[number]);
  }
  return [...topics].map(([topic, partitions]) => ({ topic, partitions }));
}

/** What was committed of these topics; a partition of which nothing was is not among them. */
export async function readSourceOffsets(
  admin: Admin,
  options: { readonly group: string; readonly topics: readonly string[] },
): Promise<SourcePosition[]> {
  const { group: groupId, topics } = options;
  if (topics.length === 0) return [];
  const committed = await whileCoordinatorMoves(() => admin.fetchOffsets({ groupId, topics: [...topics] }));
  return committed.flatMap(({ topic, partitions }) =>
    partitions
      .filter((found) => Number(found.offset) >= 0)
      .map((found) => ({
        ...{ topic, partition: found.partition, next: offset(found.offset) },
        ...decodeMetadata(found.metadata),
      })),
  );
}

/**
 * An offset that a tool has set has no metadata of ours, and that is how a record is passed over or read again: then
 * nothing is known of what was read, and everything counts as new.
 */
function decodeMetadata(metadata: string | null): Pick<SourcePosition, 'seen' | 'firstEnd' | 'bound'> {
  try {
    const fields = JSON.parse(metadata ?? '') as Record<string, unknown>;
    if (fields['v'] === VERSION) {
      const { seen, firstEnd, bound } = fields;
      return { seen: timeOf(seen), firstEnd: offset(Number(firstEnd)), bound: timeOf(bound) };
    }
  } catch {
    // Not ours.
  }
  return { seen: null, firstEnd: offset(0), bound: null };
}

function timeOf(value: unknown): Micros | null {
  return typeof value === 'number' ? micros(value) : null;
}
