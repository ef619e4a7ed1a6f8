import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventFollower } from '../support/event-follower.ts';
import { expectExactlyOnce } from '../support/exactly-once.ts';
import { Installation } from '../support/installation.ts';

let installation: Installation;
let follower: EventFollower;

beforeEach(async () => {
  installation = await Installation.create();
  await installation.succeed(['init']);
  follower = await installation.follow();
});

afterEach(async () => {
  await follower.close();
  await installation.drop();
});

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
      await expectExactlyOnce(installation, { uids });
      expect(await readdir(join(installation.sinkFolder, '.tidemark-tmp'))).toEqual([]);
      const watermark = `${(await installation.archivedUntil()).replace(' ', 'T')}Z`;
      expect(watermark >= until.slice(0, 19)).toBe(true);
    },
  );
});
