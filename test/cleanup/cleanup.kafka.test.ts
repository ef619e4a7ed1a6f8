import { once } from 'node:events';
import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { CleanupReport } from '../../src/cli/cleanup/cleanup-report.ts';
import type { StatusReport } from '../../src/cli/status/status-report.ts';
import type { EventFollower } from '../support/event-follower.ts';
import { contentOf, Installation } from '../support/installation.ts';

/** In the order in which a file passes them: each start goes on where the one before was killed. */
const STEPS = [
  'cleanup:verified',
  'cleanup:set-aside',
  'cleanup:move-named',
  'cleanup:move-synced',
  'cleanup:removed',
  'cleanup:synced',
  'cleanup:committed',
];

let installation: Installation;
let follower: EventFollower;
let moved: string;
let uids: string[];
let changed: string;

beforeAll(async () => {
  installation = await Installation.create();
  moved = join(installation.folder, 'moved');
  const cleanup = {
    ...{ roots: [installation.sourceFolder], after: '0s', action: 'move', moveTo: moved },
  };
  await appendFile(installation.configPath, stringify({ cleanup }));
  await installation.succeed(['init', '--from', 'now']);
  follower = await installation.follow();
  const running = installation.start(['run']);
  uids = await installation.insertFiles(12);
  await follower.untilWatermark(await installation.serverTime());
  // Its window is sealed already, so it comes in a supplement.
  uids.push(...(await installation.insertFiles(2, { createdAt: `now() - interval '1 minute'` })));
  await installation.insertFiles(1);
  await follower.untilWatermark(await installation.serverTime());
  running.kill('SIGTERM');
  expect(await once(running, 'exit'), installation.logOf(running)).toEqual([0, null]);
  changed = uids[5]!;
  await writeFile(join(installation.sourceFolder, changed), `${contentOf(changed)}and more`);
});

afterAll(async () => {
  await follower.close();
  await installation.drop();
});

async function clean(...args: string[]): Promise<CleanupReport['tables'][number]> {
  const report = JSON.parse(await installation.succeed(['cleanup', ...args, '--json'])) as CleanupReport;
  return report.tables[0]!;
}

describe('tidemark cleanup', () => {
  it('says beforehand what it would do, and does nothing', async () => {
    const looked = await clean('--dry-run');
    const shards = follower.ofType('tidemark.shard.created.v1');
    expect(shards.map(({ data }) => data['kind'])).toContain('late');
    expect(looked).toMatchObject({
      ...{ table: 'public.files', shards: shards.length, removedFiles: 14, missingFiles: 0 },
      ...{ kept: { file_changed: 1 }, waitingShards: 0, stoppedBy: null },
    });
    expect(await readdir(installation.sourceFolder)).toHaveLength(15);
  });

  it('is killed at each step, and in the end every archived file is moved once', async () => {
    for (const point of STEPS) {
      const doomed = installation.start(['cleanup', '--once'], { TIDEMARK_FAILPOINTS: `${point}=kill` });
      const [status, signal] = (await once(doomed, 'exit')) as unknown[];
      expect([point, status, signal], installation.logOf(doomed)).toEqual([point, null, 'SIGKILL']);
    }
    // Two at once: the one that has the partition works, and both end when it is done.
    const [one, two] = await Promise.all([clean('--once'), clean('--once')]);
    expect(one.shards + two.shards).toBeGreaterThan(0);

    expect(await readdir(installation.sourceFolder)).toEqual([changed]);
    const folder = join(moved, 'public.files');
    const names = await readdir(folder);
    expect(names).toHaveLength(14);
    for (const name of names) expect(await readFile(join(folder, name), 'utf8')).toBe(contentOf(name));
  });

  it('has nothing left to do then, and status says up to where it is', async () => {
    expect(await clean('--once')).toMatchObject({ shards: 0, removedFiles: 0 });
    const status = JSON.parse(await installation.succeed(['status', '--json'])) as StatusReport;
    const { doneUntil, trouble } = status.tables[0]!.cleanup!;
    expect([typeof doneUntil, trouble]).toEqual(['string', null]);
  });

  it('ends with a shard that is damaged, and removes nothing of it', async () => {
    const more = await installation.insertFiles(1);
    const running = installation.start(['run']);
    await follower.untilWatermark(await installation.serverTime());
    running.kill('SIGTERM');
    await once(running, 'exit');
    const { data } = follower.ofType('tidemark.shard.created.v1').at(-1)!;
    const path = join(installation.sinkFolder, (data['shard'] as { name: string }).name);
    const bytes = await readFile(path);
    bytes[60]! ^= 1;
    await writeFile(path, bytes);
    const { status, stderr } = await installation.run(['cleanup', '--once']);
    expect([status, stderr]).toEqual([1, expect.stringContaining('ERR_SHARD_CORRUPT')]);
    expect((await readdir(installation.sourceFolder)).sort()).toEqual([changed, ...more].sort());
    const report = JSON.parse(await installation.succeed(['status', '--json'])) as StatusReport;
    expect(report.tables[0]!.cleanup!.trouble).toContain('ERR_SHARD_CORRUPT');
  });
});
