import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { ReconcileReport, TableReconciliation } from '../../src/cli/reconcile/reconcile-report.ts';
import type { SyncReport } from '../../src/cli/sync-archived/sync-report.ts';
import { contentOf, Installation } from '../support/installation.ts';
import { tidemark } from './command.ts';
import { LogLines } from './log-lines.ts';

/** Their order under the database's ICU collation is not that of their bytes. */
const AWKWARD = [
  'É',
  'é',
  'e',
  'E',
  '_',
  '-',
  '10',
  '9',
  'a b',
  '\u{1f600}',
  '\uffee',
  "o'neill",
  'x"y',
  'z\\',
];
const RANGE = ['--from', '2026-01-01', '--to', '2200-01-01'];

let installation: Installation;
let uids: string[];
let running: ReturnType<Installation['start']> | undefined;

/** One archive for all: 40 rows, awkward uids, late rows, a reject of the packer and one of the gatherer. */
async function archiveAll(): Promise<void> {
  const notes = {
    ...{ name: 'public.notes', payload: 'row', window: { size: '1s' }, lag: '1s', lateness: '500ms' },
    ...{ partitions: 3, createdAt: { timeZone: 'Europe/Warsaw' } },
  };
  installation = await Installation.create({
    table: { window: { size: '1s', aheadMax: '2s' } },
    moreTables: [notes],
  });
  await installation.database.query(
    `CREATE TABLE notes (uid bigint PRIMARY KEY, created_at timestamp NOT NULL DEFAULT (now() AT TIME ZONE 'Europe/Warsaw'))`,
  );
  await installation.database.query(
    `ALTER TABLE files ADD COLUMN archived boolean NOT NULL DEFAULT false;
     CREATE INDEX ON files (created_at) WHERE archived = FALSE`,
  );
  await installation.succeed(['init', '--from', '2026-01-01']);
  running = installation.start(['run', '--log-level', 'debug']);
  // A row that the snapshot reads has no commit time, and is never ahead of it.
  await new LogLines(running).untilMarked('');
  uids = await installation.insertFiles(40, { prefix: 'plain' });
  await insertAwkward();
  await installation.insertFiles(5, { prefix: 'late', createdAt: "now() - interval '2 hours'" });
  await installation.database.query(
    `INSERT INTO files (uid, created_at, file_location, size_bytes) VALUES
       ('missing', now(), '${installation.sourceFolder}/nowhere', 1),
       ('ahead', now() + interval '5 seconds', '${installation.sourceFolder}/plain-0', NULL)`,
  );
  await installation.database.query('INSERT INTO notes SELECT i FROM generate_series(1, 120) AS i');
  const { rows } = await installation.database.query<{ t: string }>(
    `SELECT to_char(max(created_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS t FROM files`,
  );
  await untilArchived('public.files', rows[0]!.t);
  await untilArchived('public.notes', rows[0]!.t);
}

afterAll(async () => {
  if (running !== undefined) {
    running.kill('SIGTERM');
    await once(running, 'exit');
  }
  await installation.drop();
});

async function insertAwkward(): Promise<void> {
  const names = AWKWARD.map((_, i) => join(installation.sourceFolder, `awkward-${i}`));
  for (const [i, name] of names.entries()) await writeFile(name, contentOf(AWKWARD[i]!));
  await installation.database.query(
    'INSERT INTO files (uid, file_location) SELECT * FROM unnest($1::text[], $2::text[])',
    [AWKWARD, names],
  );
}

async function untilArchived(table: string, time: string): Promise<void> {
  const follower = await installation.follow({ table });
  await follower.untilWatermark(time);
  await follower.close();
}

async function reconcile(
  ...args: string[]
): Promise<{ status: number | null; report: ReconcileReport; files: TableReconciliation }> {
  const { status, stdout, stderr } = await installation.run(['reconcile', ...RANGE, '--json', ...args]);
  expect(stderr).toBe('');
  const report = JSON.parse(stdout) as ReconcileReport;
  return { status, report, files: report.tables[0]! };
}

const EQUAL = { missing: 0, extra: 0, different: 0, doubled: 0 };

describe('tidemark reconcile, and sync-archived beside it', () => {
  it('finds no difference in what was archived, and counts rejects', async () => {
    await archiveAll();
    const { status, report, files } = await reconcile('--bytes');
    const archived = uids.length + AWKWARD.length + 5;
    expect(report.tables.map(({ differences }) => differences)).toEqual([[], []]);
    expect(files.counts).toEqual({
      ...{ ...EQUAL, table: archived + 2, archived, equal: archived },
      ...{ rejected: 2, notYetDue: 0, unread: 0 },
    });
    expect(report.tables[1]).toMatchObject({
      table: 'public.notes',
      counts: { ...EQUAL, table: 120, archived: 120, equal: 120 },
    });
    expect({ status, equal: report.equal }).toEqual({ status: 0, equal: true });
  });

  it('calls rows later than the watermark not yet due, and leaves out what the range does not hold', async () => {
    await installation.database.query(
      `INSERT INTO files (uid, created_at, file_location) VALUES ('young', '2199-01-01', '/x'), ('beyond', '2200-01-02', '/x')`,
    );
    const { status, files } = await reconcile('--table', 'public.files');
    expect(files.counts).toMatchObject({ ...EQUAL, rejected: 2, notYetDue: 1 });
    expect(status).toBe(0);
  });

  it('needs no Kafka where every row is accounted for', async () => {
    const path = await withoutKafka();
    const table = ['--table', 'public.notes'];
    expect(await tidemark(['reconcile', ...table, ...RANGE, '--config', path])).toMatchObject({
      status: 0,
      err: '',
    });
  });

  it('sync-archived ends on SIGTERM after the batch under way, with status 0', async () => {
    const { database } = installation;
    await database.query(`CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NOTIFY archived_set; RETURN NULL; END';
      CREATE TRIGGER tell AFTER UPDATE ON files FOR EACH STATEMENT EXECUTE FUNCTION tell(); LISTEN archived_set`);
    const told = once(database, 'notification');
    const child = installation.start([...SYNC, '--rows-per-second', '1', '--batch', '1']);
    const output: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    await told;
    child.kill('SIGTERM');
    const [status] = (await once(child, 'close')) as [number | null];
    await database.query('UNLISTEN archived_set; DROP FUNCTION tell CASCADE');
    const report = JSON.parse(Buffer.concat(output).toString()) as SyncReport;
    expect({ status, finished: report.finished }).toEqual({ status: 0, finished: false });
    expect((await archivedColumn()).set.length).toBe(report.tables[0]!.rows);
  });

  it('sync-archived sets what is in shards and nothing else, asks no Kafka, and is a no-op when done', async () => {
    const sync = async () =>
      JSON.parse((await tidemark([...SYNC, '--config', await withoutKafka()])).out) as SyncReport;
    const first = await sync();
    const { set, unset } = await archivedColumn();
    expect(unset).toEqual(['ahead', 'beyond', 'missing', 'young']);
    expect(set.length).toBe(uids.length + AWKWARD.length + 5);
    expect(first.tables[0]).toMatchObject({ finished: true, unarchived: 2, passedOver: 0 });
    expect((await sync()).tables[0]).toMatchObject({ finished: true, rows: 0, updates: 0, unarchived: 2 });
  });

  it('sync-archived names the statement that makes a column that is missing', async () => {
    const { status, stderr } = await installation.run(['sync-archived', '--table', 'public.notes']);
    expect(status).toBe(1);
    expect(stderr).toContain('ALTER TABLE "public"."notes" ADD COLUMN "archived" boolean');
  });

  it('advise tells of both tables, and leaves out what was not wanted', async () => {
    const { status, stdout } = await installation.run(['advise', '--no-sample', '--need', 'audit']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^public\.files: (per-record|hybrid), /m);
    expect(stdout).toMatch(/^public\.notes: /m);
    expect(stdout).toContain('no sample was wanted');
  });

  it('names what differs, with status 1: changed rows, lost shards, deleted rows, a row in two shards', async () => {
    const { database } = installation;
    await database.query(`UPDATE files SET file_location = '/elsewhere' WHERE uid = 'plain-0'`);
    await database.query(`UPDATE files SET size_bytes = 7 WHERE uid = 'plain-1'`);
    await database.query(`DELETE FROM files WHERE uid IN ('plain-2', 'é')`);
    await writeFile(join(installation.sourceFolder, 'plain-3'), contentOf('plain-3').toUpperCase());
    await rm(join(installation.sourceFolder, 'plain-4'));
    const lost = await loseShards('late');
    const doubled = await doubleShard('10');
    const { status, report, files } = await reconcile('--bytes', '--show', '1000');
    const of = (kind: string) => files.differences.filter((one) => one.kind === kind).map(({ uid }) => uid);
    expect(of('different').sort()).toEqual(['plain-0', 'plain-1', 'plain-3']);
    expect(of('extra').sort()).toEqual(['plain-2', 'é']);
    expect(of('missing').sort()).toEqual(lost);
    expect(of('doubled').sort()).toEqual(doubled);
    expect(files.counts).toMatchObject({ different: 3, extra: 2, missing: lost.length, unread: 1 });
    expect(files.unsealed).not.toBeNull();
    expect({ status, equal: report.equal }).toEqual({ status: 1, equal: false });
    // Without --bytes nobody looks at the files.
    expect((await reconcile('--table', 'public.files')).files.counts).toMatchObject({
      different: 2,
      unread: 0,
    });
  });

  it('fails where a row is in no shard and Kafka cannot be asked whether it was rejected', async () => {
    const { status, err } = await tidemark(['reconcile', ...RANGE, '--config', await withoutKafka()]);
    expect(status).toBe(1);
    expect(err).toContain('ERR_KAFKA_UNREACHABLE');
  });

  it('prints for people what it found, and the first of each kind', async () => {
    const { status, stdout } = await installation.run(['reconcile', ...RANGE, '--show', '1']);
    expect(status).toBe(1);
    expect(stdout).toMatch(/MISSING: in the table, in no shard/);
    expect(stdout).toMatch(/and \d+ more; --show N lists/);
    expect(stdout).toMatch(/table and shards differ/);
    expect(stdout).toMatch(/table and shards agree/);
  });

  it('is wrong usage with a table that is not configured', async () => {
    const { status, stderr } = await installation.run(['reconcile', ...RANGE, '--table', 'public.nothing']);
    expect(status).toBe(2);
    expect(stderr).toContain('Choose one of public.files, public.notes');
  });
});

const SYNC = ['sync-archived', '--table', 'public.files', '--json'];

async function archivedColumn(): Promise<{ set: string[]; unset: string[] }> {
  const { rows } = await installation.database.query<{ uid: string; archived: boolean }>(
    'SELECT uid, archived FROM files ORDER BY uid COLLATE "C"',
  );
  const of = (wanted: boolean) => rows.filter(({ archived }) => archived === wanted).map(({ uid }) => uid);
  return { set: of(true), unset: of(false) };
}

async function withoutKafka(): Promise<string> {
  const text = await readFile(installation.configPath, 'utf8');
  const path = join(installation.folder, 'no-kafka.yaml');
  await writeFile(path, text.replace(/brokers:\n\s+- .*/, 'brokers: ["127.0.0.1:1"]'));
  return path;
}

interface ManifestFile {
  kind: string;
  offsets: { first: number; last: number };
  shards: { name: string; rows: number; minCreatedAt: number; maxCreatedAt: number }[];
}

async function manifestsOf(uid: string): Promise<{ path: string; manifest: ManifestFile; uids: string[] }> {
  const listed = await installation.succeed(['ls', '--table', 'public.files', '--json']);
  for (const line of listed.trim().split('\n')) {
    const name = (JSON.parse(line) as { manifest: string }).manifest;
    const path = join(installation.sinkFolder, name);
    const manifest = JSON.parse(await readFile(path, 'utf8')) as ManifestFile;
    const held = await uidsIn(manifest);
    if (held.includes(uid)) return { path, manifest, uids: held };
  }
  throw new Error(`no shard holds ${uid}`);
}

async function uidsIn({ shards }: ManifestFile): Promise<string[]> {
  const uids: string[] = [];
  for (const { name } of shards) {
    const { openSink } = await import('../../src/sinks/open-sink.ts');
    const { openShard } = await import('../../src/sinks/read/shard-reader.ts');
    const reader = await openShard(openSink(`file://${installation.sinkFolder}`), name);
    for await (const { uid } of reader.entries()) uids.push(uid);
  }
  return uids;
}

/** Somebody deletes the manifest of a row's seal: the shards no longer count. */
async function loseShards(prefix: string): Promise<string[]> {
  const { path, uids: held } = await manifestsOf(`${prefix}-0`);
  await rm(path);
  return held.sort();
}

/** Two archives wrote to one place: a row's shard once more, under the name of a supplement. */
async function doubleShard(uid: string): Promise<string[]> {
  const { path, manifest, uids: held } = await manifestsOf(uid);
  const late = '-late-999999';
  manifest.kind = 'late';
  manifest.offsets.first = 999_999;
  for (const shard of manifest.shards) {
    const name = shard.name.replace('.tar.zst', `${late}.tar.zst`);
    await writeFile(join(installation.sinkFolder, name), await installation.readSink(shard.name));
    shard.name = name;
  }
  await writeFile(
    path.replace(/(-early-\d+|-late-\d+)?\.manifest/, `${late}.manifest`),
    JSON.stringify(manifest),
  );
  return held.sort();
}
