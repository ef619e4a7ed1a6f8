import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { StatusReport } from '../../src/cli/status/status-report.ts';
import { readArchivedUids, readManifests } from '../support/archive-contents.ts';
import { CycleRig } from '../support/cycle-rig.ts';
import { contentOf, Installation } from '../support/installation.ts';

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function rigAt(until: string, options: Parameters<typeof CycleRig.create>[1] = {}): Promise<CycleRig> {
  const rig = await CycleRig.create('watermark', options);
  cleanups.push(() => rig.drop());
  await rig.query(`INSERT INTO des_archive_config VALUES (1, '${until}', 7)`);
  return rig;
}

async function leaveOutKafka({ configPath }: Installation): Promise<void> {
  const config = parse(await readFile(configPath, 'utf8')) as { kafka?: unknown };
  delete config.kafka;
  await writeFile(configPath, stringify(config));
}

/** By the table while it has the row, by the archive when it has gone, and when Postgres does not answer. */
async function isFoundWithoutItsTime(installation: Installation, uid: string): Promise<void> {
  const asked = await installation.run(['get', uid]);
  expect(asked).toMatchObject({ status: 0, stdout: contentOf(uid) });
  expect(asked.stderr).toMatch(/^found in public\.files, created_at \S+Z \(the table was asked\)\n$/);
  await installation.database.query('DELETE FROM files WHERE uid = $1', [uid]);
  const gone = await installation.run(['get', uid]);
  expect(gone).toMatchObject({ status: 0, stdout: contentOf(uid) });
  expect(gone.stderr).toMatch(/ shards? looked at\)\n$/);
  await installation.insertFiles(1, { prefix: 'new' });
  const young = await installation.run(['get', 'new-0']);
  expect(young).toMatchObject({ status: 1, stdout: '' });
  expect(young.stderr).toMatch(
    /^ERR_UID_NOT_FOUND: .*looked at\); public\.files has it at \S+Z\n.*not archived yet/,
  );
  await installation.database.query("DELETE FROM files WHERE uid = 'new-0'");
  const config = await readFile(installation.configPath, 'utf8');
  const away = { ...(parse(config) as object), postgres: { url: 'postgres://nobody@127.0.0.1:1/app' } };
  await writeFile(installation.configPath, stringify(away));
  const alone = await installation.run(['get', uid]);
  await writeFile(installation.configPath, config);
  expect(alone).toMatchObject({ status: 0, stdout: contentOf(uid) });
  expect(alone.stderr).toMatch(/^Postgres does not answer \(.*\); looking in the archive itself\nfound in /);
}

describe('tidemark run-cycle', () => {
  it('is set up and run without a word of Kafka in the configuration', async () => {
    const installation = await Installation.create({
      kafkaBrokers: ['127.0.0.1:1'],
      lag: '1h',
      lateness: '1m',
    });
    cleanups.push(() => installation.drop());
    await leaveOutKafka(installation);
    const uids = await installation.insertFiles(20, { createdAt: `now() - interval '3 hours'` });

    const refused = await installation.run(['init']);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain('tidemark init --batch');
    const made = await installation.succeed(['init', '--batch']);
    expect(made).toContain('made     table des_archive_config');
    expect(made).toContain('there    index of public.files');
    expect(await installation.succeed(['check'])).toContain('everything that is needed is there');

    const [line, ...rest] = (await installation.succeed(['run-cycle', '--json'])).trim().split('\n');
    expect(rest).toEqual([]);
    const report = JSON.parse(line!) as Record<string, unknown>;
    expect(Object.keys(report)).toEqual([
      ...['name', 'table', 'strategy', 'dryRun', 'window', 'windows', 'files', 'bytes', 'rejects', 'shards'],
      ...['shardBytes', 'reusedShards', 'updates', 'archivedUntil', 'durationMs', 'phases'],
    ]);
    expect(report).toMatchObject({ name: installation.name, files: 20, updates: 1 });
    expect(Object.keys(report['phases'] as object)).toEqual(['selectMs', 'validateMs', 'packMs', 'updateMs']);
    expect(await readArchivedUids(installation.sinkFolder)).toEqual([...uids].sort());

    await isFoundWithoutItsTime(installation, uids[3]!);

    expect(await installation.succeed(['status'])).toContain(
      'archived by `tidemark run-cycle`: the configuration names no brokers',
    );
    const status = JSON.parse(await installation.succeed(['status', '--json'])) as StatusReport;
    expect(status).toMatchObject({ archivedBy: 'cycles', slot: null, problems: [] });
    const { archivedUntil } = report as { archivedUntil: string };
    expect(status.tables).toMatchObject([{ rows: null, archivedUntil, watermark: archivedUntil }]);
  });

  it('goes on cycle after cycle, shows its metrics, and ends when it is told to', async () => {
    const rig = await rigAt('2024-11-01');
    const { installation } = rig;
    await rig.insertFiles(10, { from: '2024-11-01', days: 1 });
    const child = installation.start(['run-cycle', '--continuous', '--every', '1s', '--json', '--port', '0']);
    const reports = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async () => JSON.parse((await reports.next()).value as string) as Record<string, unknown>;
    expect(await next()).toMatchObject({ files: 10, updates: 1 });
    const url = /"url":"([^"]+)"/.exec(installation.logOf(child))![1]!;
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('des_db_operations_total{operation="update"} 1\n');
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect(await next()).toMatchObject({ window: null, updates: 0 });
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('ends behind a whole window when a single cycle is told to end, and the next one goes on there', async () => {
    const ddl = `CREATE TABLE files (uid text PRIMARY KEY, created_at timestamp NOT NULL);
      CREATE TABLE des_archive_config (
        id integer PRIMARY KEY, archived_until timestamp NOT NULL, lag_days integer NOT NULL)`;
    const rig = await rigAt('2024-11-01', { payload: 'row', partitions: 1, ddl });
    // More pages than the windows that may be under way at once.
    await rig.query(`INSERT INTO files SELECT 'r-' || i, timestamp '2024-11-01' + i * interval '43.2 s'
      FROM generate_series(1, 40000) AS i`);
    const now = ['--now', '2024-11-28T00:00:00Z'];
    const { installation } = rig;
    const child = installation.start(['run-cycle', ...now], { TIDEMARK_FAILPOINTS: 'shard:renamed=wait:1s' });
    await expect.poll(() => installation.shards(), { timeout: 30_000 }).not.toEqual([]);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    const until = await installation.archivedUntil();
    expect(until).toMatch(/^2024-11-\d\d 00:00:00$/);
    expect(until > '2024-11-01' && until < '2024-11-21', until).toBe(true);
    await installation.succeed(['run-cycle', ...now]);
    expect(await installation.archivedUntil()).toBe('2024-11-21 00:00:00');
    expect(await readArchivedUids(installation.sinkFolder)).toEqual(
      Array.from({ length: 40_000 }, (_, i) => `r-${i + 1}`).sort(),
    );
  });

  it('ends behind the batch under way when a per-record cycle is told to end, and the next one goes on there', async () => {
    const rig = await CycleRig.create('per-record');
    cleanups.push(() => rig.drop());
    const { installation } = rig;
    const uids = await rig.insertFiles(60, { from: '2024-11-01', days: 3 });
    const args = ['run-cycle', '--strategy', 'per-record', '--batch', '10', '--now', '2024-11-12T00:00:00Z'];
    const child = installation.start(args, { TIDEMARK_FAILPOINTS: 'cycle:batch-sealed=wait:1s' });
    await expect.poll(() => rig.count('archived'), { timeout: 30_000 }).toBeGreaterThan(0);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    const marked = await rig.count('archived');
    expect(marked % 10).toBe(0);
    expect(marked).toBeLessThan(60);
    await installation.succeed(args);
    expect(await readArchivedUids(installation.sinkFolder)).toEqual([...uids].sort());
    expect(await rig.count('NOT archived')).toBe(0);
  });

  it('seals a window that outgrows its memory in parts, the same ones when it is done again', async () => {
    const rig = await rigAt('2024-11-01', { partitions: 2, table: { window: { size: '1d', rowsMax: 7 } } });
    const uids = await rig.insertFiles(50, { from: '2024-11-01', days: 1 });
    const now = '2024-11-12T00:00:00Z';
    const { report } = await rig.run({ now });
    const { sinkFolder } = rig.installation;
    const kinds = (await readManifests(sinkFolder)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'early').length).toBeGreaterThanOrEqual(6);
    expect(kinds.filter((kind) => kind === 'window')).toHaveLength(2);
    expect(await readArchivedUids(sinkFolder)).toEqual([...uids].sort());
    await rig.query(`UPDATE des_archive_config SET archived_until = '2024-11-01'`);
    const again = await rig.run({ now });
    expect(again.report).toMatchObject({ shards: report.shards, reusedShards: report.shards });
    expect((await readManifests(sinkFolder)).length).toBe(kinds.length);

    const compared = await rig.installation.run(['compare', '--with-table']);
    expect(compared.stdout).toContain(`${report.shards} shards: ${report.shards} same`);
    await rm(sinkFolder, { recursive: true });
  });

  it('lets its watermark be moved back and forward, while no cycle runs', async () => {
    const rig = await rigAt('2024-11-01', { partitions: 1 });
    const { installation } = rig;
    await leaveOutKafka(installation);
    const uids = await rig.insertFiles(40, { from: '2024-11-01', days: 2 });
    const now = '2024-11-12T00:00:00Z';
    const { report } = await rig.run({ now });
    const adjust = (to: string, ...flags: string[]) => ['adjust', '--to', to, ...flags];
    const back = adjust('2024-11-01T00:00:00Z', '--yes');

    await rig.query(`SELECT pg_advisory_lock(${0x74696465}, hashtext('public.files'))`);
    const refused = await installation.run(back);
    expect({ status: refused.status, stderr: refused.stderr }).toEqual({
      status: 1,
      stderr: expect.stringContaining('ERR_TABLE_TAKEN') as string,
    });
    await rig.query(`SELECT pg_advisory_unlock_all()`);
    expect(await installation.archivedUntil()).toBe('2024-11-05 00:00:00');

    const said = await installation.succeed(back);
    expect(said).toContain(
      'The next cycle reads the rows above from the table again. 2 seals with 2 shards of them are on the sink.',
    );
    expect(said).toContain('moved; the next `tidemark run-cycle` goes on from there');
    expect(await installation.archivedUntil()).toBe('2024-11-01 00:00:00');
    const again = await rig.run({ now });
    expect(again.report).toMatchObject({ shards: report.shards, reusedShards: report.shards });
    expect(await readArchivedUids(installation.sinkFolder)).toEqual([...uids].sort());

    await rig.insertFiles(3, { from: '2024-11-06', days: 1, prefix: 'passed' });
    const forward = await installation.succeed(adjust('2024-11-08T00:00:00Z', '--yes'));
    expect(forward).toContain('The table has 3 rows created in between.');
    expect((await rig.run({ now: '2024-11-16T00:00:00Z' })).report).toMatchObject({ files: 0, updates: 1 });
  });

  it('leaves what a transaction that is open may still commit, when the lag is short', async () => {
    const installation = await Installation.create({
      kafkaBrokers: ['127.0.0.1:1'],
      lag: '0s',
      lateness: '0s',
    });
    cleanups.push(() => installation.drop());
    await installation.succeed(['init', '--batch', '--from', '2026-01-01']);
    const { database } = installation;
    await database.query('BEGIN');
    const opened = await database.query<{ t: string }>(`SELECT now()::text AS t`);
    const line = await installation.succeed(['run-cycle', '--json']);
    await database.query('COMMIT');
    const { archivedUntil } = JSON.parse(line) as { archivedUntil: string };
    expect(Date.parse(archivedUntil)).toBeLessThanOrEqual(Date.parse(opened.rows[0]!.t));
  });
});
