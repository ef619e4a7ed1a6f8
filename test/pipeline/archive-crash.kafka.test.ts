import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readArchivedRows, readManifests } from '../support/archive-contents.ts';
import { EventFollower } from '../support/event-follower.ts';
import type { FollowedEvent } from '../support/event-follower.ts';
import { contentOf, Installation } from '../support/installation.ts';
import { readCommitted } from '../support/java-consumer.ts';
import { services } from '../support/services/services.ts';

let installation: Installation;
let follower: EventFollower;

beforeEach(async () => {
  installation = await Installation.create();
  await installation.succeed(['init']);
  const { kafkaBrokers } = await services();
  follower = await EventFollower.follow({ brokers: kafkaBrokers, topic: `${installation.name}.shards` });
});

afterEach(async () => {
  await follower.close();
  await installation.drop();
});

/** Every row once with its bytes, every event once, the row in Postgres where the partitions are. */
async function expectArchivedOnce(uids: readonly string[]): Promise<void> {
  const archived = await readArchivedRows(installation.sinkFolder);
  expect(archived.map(({ uid }) => uid).sort()).toEqual([...uids].sort());
  for (const { uid, content } of archived) expect(content).toBe(contentOf(uid));
  const { kafkaBrokers } = await services();
  const read = await readCommitted({ brokers: kafkaBrokers, topic: `${installation.name}.shards` });
  const events = read.map((line) => JSON.parse(line) as FollowedEvent);
  const ids = events.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const named = (await readManifests(installation.sinkFolder)).flatMap(({ shards }) =>
    shards.map(({ name }) => name),
  );
  const announced = events
    .filter(({ type }) => type === 'tidemark.shard.created.v1')
    .map(({ data }) => (data['shard'] as { name: string }).name);
  expect(announced.sort()).toEqual(named.sort());
}

describe('an archiver that is killed', () => {
  it.each([
    'sink:swept',
    'pack:task',
    'shard:temp-written',
    'shard:fsynced',
    'shard:renamed',
    'shard:synced',
    'manifest:fsynced',
    'manifest:renamed',
    'manifest:written',
    'archive:events-sent',
    'archive:offsets-sent',
    'archive:committed',
    'archive:before-update',
    'archive:updated',
  ])(
    'at %s leaves a state from which the next one archives each row and announces each shard once',
    async (point) => {
      installation.start(['capture']);
      const uids = await installation.insertFiles(40);
      const doomed = installation.start(['archive'], { TIDEMARK_FAILPOINTS: `${point}=kill` });
      expect(await once(doomed, 'exit'), installation.logOf(doomed)).toEqual([null, 'SIGKILL']);

      uids.push(...(await installation.insertFiles(20)));
      const until = await installation.serverTime();
      const successor = installation.start(['archive']);
      await follower.untilWatermark(until);
      successor.kill('SIGTERM');
      expect(await once(successor, 'exit'), installation.logOf(successor)).toEqual([0, null]);
      await expectArchivedOnce(uids);
      expect(await readdir(join(installation.sinkFolder, '.tidemark-tmp'))).toEqual([]);
      const watermark = `${(await installation.archivedUntil()).replace(' ', 'T')}Z`;
      expect(watermark >= until.slice(0, 19)).toBe(true);
    },
  );
});
