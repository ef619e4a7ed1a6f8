import { expect } from 'vitest';
import { readArchivedRows, readManifests } from './archive-contents.ts';
import type { FollowedEvent } from './event-follower.ts';
import { contentOf } from './installation.ts';
import type { Installation } from './installation.ts';
import { readCommitted } from './java-consumer.ts';

/**
 * Every row once with its bytes, read by `tar` and `zstd`; every event once, read by Kafka's own consumer, and an
 * event for every shard that a manifest names.
 */
export async function expectExactlyOnce(
  installation: Installation,
  expected: {
    readonly uids: readonly string[];
    readonly payload?: 'row';
    /** The group's offsets were lost: what was told since archived_until is told again, under the same ids. */
    readonly isReread?: boolean;
  },
): Promise<void> {
  const archived = await readArchivedRows(installation.sinkFolder);
  expect(archived.map(({ uid }) => uid).sort()).toEqual([...expected.uids].sort());
  if (expected.payload !== 'row') {
    for (const { uid, content } of archived) expect(content).toBe(contentOf(uid));
  }
  const read = await readCommitted({
    brokers: installation.kafkaBrokers,
    topic: `${installation.name}.shards`,
  });
  const events = read.map((line) => JSON.parse(line) as FollowedEvent);
  const told = expected.isReread === true ? onceById(events) : events;
  const ids = told.map(({ id }) => id);
  expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
  const named = (await readManifests(installation.sinkFolder)).flatMap(({ shards }) =>
    shards.map(({ name }) => name),
  );
  const announced = told
    .filter(({ type }) => type === 'tidemark.shard.created.v1')
    .map(({ data }) => (data['shard'] as { name: string }).name);
  expect(announced.sort()).toEqual(named.sort());
}

/** The first of each; another one with the same id must say the same. */
function onceById(events: readonly FollowedEvent[]): FollowedEvent[] {
  const first = new Map<string, FollowedEvent>();
  for (const event of events) {
    const before = first.get(event.id);
    if (before === undefined) first.set(event.id, event);
    else expect(event.data['shard']).toEqual(before.data['shard']);
  }
  return [...first.values()];
}
