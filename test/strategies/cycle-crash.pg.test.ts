import { afterEach, expect, it } from 'vitest';
import { readArchivedUids } from '../support/archive-contents.ts';
import { CycleRig } from '../support/cycle-rig.ts';

let rig: CycleRig;

afterEach(() => rig.drop());

const NOW = '2024-11-12T00:00:00Z';

/** Kills a cycle at a step, looks, and lets another one go on. */
async function killAt(
  failpoint: string,
  args: readonly string[],
): Promise<{ look: () => Promise<string[]> }> {
  const dead = await rig.installation.run(['run-cycle', '--now', NOW, ...args], {
    TIDEMARK_FAILPOINTS: failpoint,
  });
  expect(dead.status, dead.stderr).toBeNull();
  return {
    look: async () => {
      await rig.installation.succeed(['run-cycle', '--now', NOW, ...args]);
      return readArchivedUids(rig.installation.sinkFolder);
    },
  };
}

it.each([
  ['shard:renamed=kill', '2024-11-01 00:00:00'],
  ['manifest:written=kill@2', '2024-11-01 00:00:00'],
  ['cycle:sealed=kill', '2024-11-01 00:00:00'],
  ['cycle:updated=kill', '2024-11-05 00:00:00'],
])(
  'a watermark cycle killed at %s leaves the watermark at %s, and the next one archives each row once',
  async (failpoint, until) => {
    rig = await CycleRig.create('watermark');
    await rig.query(`INSERT INTO des_archive_config VALUES (1, '2024-11-01', 7)`);
    const uids = await rig.insertFiles(40, { from: '2024-11-01', days: 3 });
    const { look } = await killAt(failpoint, []);
    expect(await rig.installation.archivedUntil()).toBe(until);
    expect(await look()).toEqual([...uids].sort());
    expect(await rig.installation.archivedUntil()).toBe('2024-11-05 00:00:00');
  },
);

it('killed between two uid filters, it goes on with those that are missing', async () => {
  rig = await CycleRig.create('watermark');
  await rig.query(`INSERT INTO des_archive_config VALUES (1, '2024-11-01', 7)`);
  await rig.insertFiles(40, { from: '2024-11-01', days: 3 });
  const { sinkFolder } = rig.installation;
  const missing = () => rig.installation.succeed(['index', '--dry-run', '--sink', `file://${sinkFolder}`]);
  const { look } = await killAt('filter:stored=kill@2', []);
  expect(await rig.installation.archivedUntil()).toBe('2024-11-05 00:00:00');
  expect(await missing()).not.toMatch(/ 0 filters, 0 B to be written/);
  await look();
  expect(await missing()).toMatch(/ 0 filters, 0 B to be written/);
});

it.each([
  ['manifest:renamed=kill', 0],
  ['cycle:batch-sealed=kill@2', 10],
  ['cycle:batch-marked=kill@2', 20],
])(
  'a per-record cycle killed at %s has marked %i rows, and the next one loses and doubles none',
  async (failpoint, marked) => {
    rig = await CycleRig.create('per-record');
    const uids = await rig.insertFiles(40, { from: '2024-11-01', days: 3 });
    const { look } = await killAt(failpoint, ['--strategy', 'per-record', '--batch', '10']);
    expect(await rig.count('archived')).toBe(marked);
    // A row that comes meanwhile makes other batches of those that follow.
    const more = await rig.insertFiles(1, { from: '2024-11-01', days: 1, prefix: 'new' });
    expect(await look()).toEqual([...uids, ...more].sort());
    expect(await rig.count('NOT archived')).toBe(0);
  },
);
