import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readArchivedRows, readArchivedUids, readManifests } from '../support/archive-contents.ts';
import { CycleRig } from '../support/cycle-rig.ts';

let rig: CycleRig;

afterEach(() => rig.drop());

const setupWatermark = (until: string) =>
  rig.query(`INSERT INTO des_archive_config VALUES (1, '${until}', 7)
             ON CONFLICT (id) DO UPDATE SET archived_until = excluded.archived_until`);

async function shards(): Promise<Map<string, string>> {
  const names = await rig.installation.shards();
  const texts = await Promise.all(
    names.map((name) => readFile(join(rig.installation.sinkFolder, name), 'hex')),
  );
  return new Map(names.map((name, i) => [name, texts[i]!]));
}

/** The three scenarios of the seed for its watermark orchestrator, under its names, on tables of its form. */
describe('the watermark strategy', () => {
  it('test_migration_advances_watermark: one UPDATE of one row, whatever the number of files', async () => {
    rig = await CycleRig.create('watermark');
    await setupWatermark('2024-11-01');
    const uids = await rig.insertFiles(1_000, { from: '2024-11-01', days: 9 });

    const { report, metrics } = await rig.run({ now: '2024-11-17T13:00:00Z' });

    expect(report).toMatchObject({ files: 1_000, rejects: 0, windows: 9, updates: 1 });
    expect(await rig.installation.archivedUntil()).toBe('2024-11-10 00:00:00');
    expect(metrics).toContain('des_db_operations_total{operation="update"} 1\n');
    expect(await readArchivedUids(rig.installation.sinkFolder)).toEqual([...uids].sort());
    for (const name of [
      'des_migration_files_total{table="public.files"} 1000',
      `des_migration_shards_total{table="public.files"} ${report.shards}`,
      `des_migration_bytes_total{table="public.files"} ${report.bytes}`,
      'des_migration_pending_files{table="public.files"} 0',
      // Nine days, of two partitions each.
      'des_uid_filters_total{table="public.files"} 18',
      'des_watermark_window_size_seconds{table="public.files"} 86400',
    ])
      expect(metrics).toContain(`${name}\n`);
    expect(metrics).toMatch(/^des_watermark_lag_seconds\{table="public.files"\} \d/m);
    expect(metrics).toMatch(/^des_migration_cycles_total\{status="success"\} [1-9]/m);
    expect(metrics).toMatch(/^des_migration_duration_seconds_count\{table="public.files"\} [1-9]/m);

    const again = await rig.run({ now: '2024-11-17T13:00:00Z' });
    expect(again.report).toMatchObject({ window: null, files: 0, updates: 0 });
    expect(again.metrics).not.toContain('operation="update"');
  });

  it('test_partial_failure_does_not_advance_watermark: the next run does the whole window again', async () => {
    rig = await CycleRig.create('watermark');
    await setupWatermark('2024-11-01');
    await rig.insertFiles(20, { from: '2024-11-01', days: 4 });
    const { sourceFolder } = rig.installation;

    await rename(sourceFolder, `${sourceFolder}.away`);
    await expect(rig.run({ now: '2024-11-20T00:00:00Z' })).rejects.toMatchObject({
      code: 'ERR_SOURCE_UNAVAILABLE',
    });
    expect(await rig.installation.archivedUntil()).toBe('2024-11-01 00:00:00');

    await rename(`${sourceFolder}.away`, sourceFolder);
    const { report } = await rig.run({ now: '2024-11-20T00:00:00Z' });
    expect(report).toMatchObject({ files: 20, updates: 1 });
    expect(await rig.installation.archivedUntil()).toBe('2024-11-13 00:00:00');
    expect(await readArchivedRows(rig.installation.sinkFolder)).toHaveLength(20);
  });

  it('test_idempotency_same_window_same_output: a window done twice has the same shards, and no row twice', async () => {
    rig = await CycleRig.create('watermark');
    await setupWatermark('2024-11-01');
    await rig.insertFiles(200, { from: '2024-11-01', days: 9 });

    const first = await rig.run({ now: '2024-11-17T00:00:00Z' });
    const shardsFirst = await shards();
    await setupWatermark('2024-11-01');
    const second = await rig.run({ now: '2024-11-17T00:00:00Z' });

    expect(second.report.files).toBe(first.report.files);
    expect(second.report.reusedShards).toBe(first.report.shards);
    expect(await shards()).toEqual(shardsFirst);

    await setupWatermark('2024-11-01');
    await rm(rig.installation.sinkFolder, { recursive: true });
    const third = await rig.run({ now: '2024-11-17T00:00:00Z' });
    expect(third.report.reusedShards).toBe(0);
    expect(await shards()).toEqual(shardsFirst);
  });
});

describe('a cycle', () => {
  it('lists bad files as rejects and moves on', async () => {
    rig = await CycleRig.create('watermark');
    await setupWatermark('2024-11-01');
    const uids = await rig.insertFiles(40, { from: '2024-11-01', days: 2 });
    await rm(join(rig.installation.sourceFolder, uids[3]!));
    await rig.query(`UPDATE files SET size_bytes = 1 WHERE uid = '${uids[20]!}'`);
    await rig.query(`UPDATE files SET size_bytes = -5 WHERE uid = '${uids[30]!}'`);

    const { report, metrics } = await rig.run({ now: '2024-11-12T00:00:00Z' });

    expect(report).toMatchObject({ files: 37, rejects: 3, updates: 1 });
    const rejects = (await readManifests(rig.installation.sinkFolder)).flatMap(
      (manifest) => manifest.rejects,
    );
    expect(new Map(rejects.map(({ uid, reason }) => [uid, reason]))).toEqual(
      new Map([
        [uids[3]!, 'file_missing'],
        [uids[20]!, 'file_size_differs'],
        [uids[30]!, 'record_invalid'],
      ]),
    );
    expect(metrics).toContain(
      'des_migration_files_failed_total{table="public.files",reason="file_missing"} 1\n',
    );
  });

  it('that is done again after a row came late makes a supplement of it', async () => {
    rig = await CycleRig.create('watermark');
    await setupWatermark('2024-11-01');
    const uids = await rig.insertFiles(40, { from: '2024-11-01', days: 2 });
    await rig.run({ now: '2024-11-12T00:00:00Z' });
    const before = await shards();
    await setupWatermark('2024-11-01');
    const late = await rig.insertFiles(1, { from: '2024-11-01', days: 1, prefix: 'late' });

    const { report } = await rig.run({ now: '2024-11-12T00:00:00Z' });

    expect(report.updates).toBe(1);
    const after = await shards();
    for (const [name, bytes] of before) expect(after.get(name)).toBe(bytes);
    expect(await readArchivedUids(rig.installation.sinkFolder)).toEqual([...uids, ...late].sort());
    expect([...after.keys()].filter((name) => name.includes('-late-'))).toHaveLength(1);
  });

  it('in a dry run writes nothing and says what would be tried', async () => {
    rig = await CycleRig.create('watermark');
    await setupWatermark('2024-11-01');
    await rig.insertFiles(40, { from: '2024-11-01', days: 2 });
    const dry = await rig.run({ now: '2024-11-12T00:00:00Z', dryRun: true });
    expect(dry.report).toMatchObject({ dryRun: true, files: 40, windows: 2, shards: 0, updates: 0 });
    expect(await rig.installation.archivedUntil()).toBe('2024-11-01 00:00:00');
    expect(await rig.installation.shards()).toEqual([]);
    const { report } = await rig.run({ now: '2024-11-12T00:00:00Z' });
    expect(report.bytes).toBe(dry.report.bytes);
  });
});
