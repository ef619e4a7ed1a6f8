import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readArchivedUids } from '../support/archive-contents.ts';
import { CycleRig } from '../support/cycle-rig.ts';
import { contentOf } from '../support/installation.ts';

let rig: CycleRig;

afterEach(() => rig.drop());

const NOW = '2024-11-20T00:00:00Z';

const archivedUids = () => readArchivedUids(rig.installation.sinkFolder);

/** The three scenarios of the seed for its per-record orchestrator, under its names, on a table of its form. */
describe('the per-record strategy', () => {
  it('test_migration_cycle_updates_archived_column: one UPDATE for a batch of 1,000', async () => {
    rig = await CycleRig.create('per-record');
    const uids = await rig.insertFiles(1_000, { from: '2024-11-01', days: 9 });

    const { report, metrics } = await rig.run({ now: NOW });

    expect(report).toMatchObject({ files: 1_000, rejects: 0, updates: 1, archivedUntil: null });
    expect(await rig.count('archived')).toBe(1_000);
    expect(metrics).toContain('des_db_operations_total{operation="update"} 1\n');
    expect(metrics).toContain('des_migration_files_total{table="public.files"} 1000\n');
    expect(await archivedUids()).toEqual([...uids].sort());
  });

  it('test_partial_failure_marks_only_successful_files: the ten that failed are tried again, alone', async () => {
    rig = await CycleRig.create('per-record');
    const uids = await rig.insertFiles(100, { from: '2024-11-01', days: 3 });
    const bad = uids.slice(0, 10);
    for (const uid of bad) await rm(join(rig.installation.sourceFolder, uid));

    // They come first, and fill the first batch: it must not keep the others from being archived.
    const first = await rig.run({ now: NOW, batchRows: 10 });
    expect(first.report).toMatchObject({ files: 90, rejects: 10, updates: 9 });
    expect(await rig.count('archived')).toBe(90);
    expect(await rig.count('NOT archived')).toBe(10);

    const second = await rig.run({ now: NOW });
    expect(second.report).toMatchObject({ files: 0, rejects: 10, updates: 0 });

    for (const uid of bad.slice(0, 4))
      await writeFile(join(rig.installation.sourceFolder, uid), contentOf(uid));
    const third = await rig.run({ now: NOW });
    expect(third.report).toMatchObject({ files: 4, rejects: 6, updates: 1 });
    expect(await rig.count('NOT archived')).toBe(6);
    expect(await archivedUids()).toEqual(uids.filter((uid) => !bad.slice(4).includes(uid)).sort());
  });

  it('test_idempotency_skips_already_archived: only what is not marked is archived, and once', async () => {
    rig = await CycleRig.create('per-record');
    const old = await rig.insertFiles(100, { from: '2024-11-01', days: 2, prefix: 'old' });
    await rig.query('UPDATE files SET archived = TRUE');
    const uids = await rig.insertFiles(100, { from: '2024-11-01', days: 2 });

    const { report } = await rig.run({ now: NOW });
    expect(report).toMatchObject({ files: 100, updates: 1 });
    expect(await archivedUids()).toEqual([...uids].sort());
    expect(old).toHaveLength(100);

    const again = await rig.run({ now: NOW });
    expect(again.report).toMatchObject({ files: 0, shards: 0, updates: 0 });
    expect(again.metrics).not.toContain('operation="update"');
  });

  it('never writes a shard over another: each cycle over the same window leaves those before it alone', async () => {
    rig = await CycleRig.create('per-record');
    const seen = new Map<string, string>();
    for (const prefix of ['a', 'b', 'c']) {
      await rig.insertFiles(20, { from: '2024-11-01', days: 1, prefix });
      await rig.run({ now: NOW, batchRows: 7 });
      for (const [name, bytes] of seen)
        expect(await readFile(join(rig.installation.sinkFolder, name), 'hex')).toBe(bytes);
      for (const name of await rig.installation.shards())
        seen.set(name, await readFile(join(rig.installation.sinkFolder, name), 'hex'));
    }
    expect(seen.size).toBe(9);
    expect(await archivedUids()).toHaveLength(60);
  });

  it('asks for the column and its partial index, with the statements that make them', async () => {
    rig = await CycleRig.create('watermark');
    const { status, stderr } = await rig.installation.run([
      'run-cycle',
      '--strategy',
      'per-record',
      '--now',
      NOW,
    ]);
    expect(status).toBe(1);
    expect(stderr).toContain(
      'ALTER TABLE "public"."files" ADD COLUMN "archived" boolean NOT NULL DEFAULT false;',
    );
    expect(stderr).toContain(
      'CREATE INDEX CONCURRENTLY ON "public"."files" ("created_at") WHERE NOT "archived";',
    );
    await rig.query('ALTER TABLE files ADD COLUMN archived boolean NOT NULL DEFAULT FALSE');
    await rig.query('CREATE INDEX ON files (created_at, (uid::text COLLATE "C")) WHERE archived = FALSE');
    await rig.installation.succeed(['run-cycle', '--strategy', 'per-record', '--now', NOW]);
  });
});
