import type { Admin } from 'kafkajs';
import { TidemarkError } from '../base/errors.ts';
import type { CapturePosition, SnapshotState } from '../model/capture-position.ts';
import { whileCoordinatorMoves } from './coordinator-moves.ts';
import { readSourceOffsets } from './debezium/source-codec.ts';
import { decodePartition, decodePosition } from './position-codec.ts';
import type { TableTopic } from './record-pieces.ts';

/**
 * Finds the topic of each table, with counters that begin at zero.
 *
 * @throws TidemarkError ERR_TOPIC_INVALID when one is missing.
 */
export async function findTableTopics(
  admin: Admin,
  { name, tables }: { readonly name: string; readonly tables: readonly string[] },
): Promise<Map<string, TableTopic>> {
  const wanted = [`${name}.shards`, ...tables.map((table) => `${name}.${table}`)];
  const existing = new Set(await admin.listTopics());
  const missing = wanted.filter((topic) => !existing.has(topic));
  if (missing.length > 0) {
    throw new TidemarkError('ERR_TOPIC_INVALID', {
      detail: `missing: ${missing.join(', ')}`,
      remedy:
        'Run `tidemark init`; `tidemark check` names the exact difference. If it is there, allow this user to read it, as deploy/kafka/acls.sh does.',
    });
  }
  const { topics } = await admin.fetchTopicMetadata({ topics: wanted });
  const counts = new Map(topics.map((topic) => [topic.name, topic.partitions.length]));
  return new Map(
    tables.map((table) => {
      const topic = `${name}.${table}`;
      const counters = Array.from({ length: counts.get(topic) ?? 0 }, () => ({ rows: 0, total: 0 }));
      return [table, { topic, counters }];
    }),
  );
}

/**
 * Reads what the last owner committed, and sets the counters of `topics` to it.
 *
 * @returns null when nothing was ever committed.
 * @throws TidemarkError ERR_METADATA_INVALID.
 */
export async function readCommittedPosition(
  admin: Admin,
  options: {
    readonly name: string;
    readonly group: string;
    readonly topics: ReadonlyMap<string, TableTopic>;
    readonly sources?: readonly string[];
  },
): Promise<CapturePosition | null> {
  const place = `${options.name}.shards`;
  const topics = [place, ...[...options.topics.values()].map(({ topic }) => topic)];
  const committed = await whileCoordinatorMoves(() => admin.fetchOffsets({ groupId: options.group, topics }));
  const metadataOf = (topic: string, partition: number): string | null | undefined => {
    const found = committed
      .find((candidate) => candidate.topic === topic)
      ?.partitions.find((candidate) => candidate.partition === partition);
    return found === undefined || Number(found.offset) < 0 ? undefined : found.metadata;
  };
  const metadata = metadataOf(place, 0);
  if (metadata === undefined) return null;
  const snapshots = new Map<string, SnapshotState>();
  for (const [table, { topic, counters }] of options.topics) {
    for (const partition of counters.keys()) {
      const text = metadataOf(topic, partition);
      if (text === undefined) continue;
      const state = decodePartition(text);
      counters[partition] = state.counters;
      if (state.snapshot !== null) snapshots.set(table, state.snapshot);
    }
  }
  const sources = await readSourceOffsets(admin, { group: options.group, topics: options.sources ?? [] });
  return { ...decodePosition(metadata), snapshots, sources };
}
