import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { stringify } from 'yaml';
import type { CleanupReport } from '../../src/cli/cleanup/cleanup-report.ts';
import { builtCli } from '../support/built-cli.ts';
import { contentOf, Installation } from '../support/installation.ts';
import { untilServed } from '../support/served-url.ts';
import { freshBucket } from '../support/services/fresh-bucket.ts';
import type { FreshBucket } from '../support/services/fresh-bucket.ts';

/** In another place of the bucket. */
const OBJECTS = ['object-a', 'object-b', 'object-c'];

/** One archive in a bucket, made once; each test reads it in a folder that knows nothing but the bucket's address. */
let bucket: FreshBucket;
let url: string;
let installation: Installation;
let uids: readonly string[];
let moreRoots: readonly string[];
let folder: string;

beforeAll(async () => {
  bucket = await freshBucket();
  url = bucket.url({ prefix: 'archive' });
  moreRoots = [bucket.url({ prefix: 'in put' })];
  installation = await Installation.create({ config: { sink: { url } }, moreRoots });
  folder = mkdtempSync(join(tmpdir(), 'tidemark-s3-'));
  await installation.succeed(['init']);
  await installation.succeed(['check']);
  const running = installation.start(['run']);
  const follower = await installation.follow({ table: 'public.files' });
  uids = [...(await installation.insertFiles(30)), ...OBJECTS];
  for (const uid of OBJECTS) {
    const key = `in put/${uid}%`;
    await bucket.admin.putObject({ Bucket: bucket.name, Key: key, Body: contentOf(uid) });
    await installation.database.query('INSERT INTO files (uid, file_location) VALUES ($1, $2)', [
      uid,
      `s3://${bucket.name}/${key}`,
    ]);
  }
  await installation.database.query(`INSERT INTO files (uid, file_location) VALUES ('missing', $1)`, [
    join(installation.sourceFolder, 'nowhere'),
  ]);
  await follower.untilWatermark(await installation.serverTime());
  await follower.close();
  running.kill('SIGTERM');
  expect(await once(running, 'exit'), installation.logOf(running)).toEqual([0, null]);
  expect(installation.logOf(running)).not.toContain('Warning');
});

afterAll(async () => {
  await installation.drop();
  await bucket.drop();
  rmSync(folder, { recursive: true, force: true });
});

/** A command in a folder without a configuration. */
function alone(args: readonly string[]): string {
  const words = [builtCli(), ...args, '--sink', url];
  return execFileSync(process.execPath, words, { cwd: folder, encoding: 'utf8' });
}

interface Listed {
  readonly kind: string;
  readonly shards: readonly { readonly name: string }[];
}

function shardNames(): string[] {
  const lines = alone(['ls', '--json']).trim().split('\n');
  return lines.flatMap((line) => (JSON.parse(line) as Listed).shards.map(({ name }) => name));
}

async function createdAtOf(uid: string): Promise<string> {
  const { rows } = await installation.database.query<{ t: string }>(
    'SELECT created_at::text AS t FROM files WHERE uid = $1',
    [uid],
  );
  return rows[0]!.t;
}

test('a bucket is listed, verified, searched and unpacked with its address alone', async () => {
  expect(shardNames()).not.toEqual([]);
  for (const uid of [uids[3]!, uids.at(-1)!]) {
    const got = alone(['get', uid, '--created-at', await createdAtOf(uid)]);
    expect(got).toBe(contentOf(uid));
  }
  expect(alone(['index'])).toMatch(/ [1-9]\d* filters, .* written$/m);
  expect(alone(['get', uids[3]!])).toBe(contentOf(uids[3]!));
  expect(alone(['verify'])).toMatch(/ [1-9]\d* filters, .*: 0 errors/);
  const output = join(folder, 'extracted');
  alone(['extract', '--output', output]);
  const files = readdirSync(output, { recursive: true, encoding: 'utf8' });
  for (const one of uids) {
    const path = files.find((name) => name.endsWith(`files/${one}`));
    expect(readFileSync(join(output, path!), 'utf8')).toBe(contentOf(one));
  }
});

test('a bucket is served with its address alone', async () => {
  const words = [builtCli(), 'serve', '--port', '0', '--sink', url];
  const server = spawn(process.execPath, words, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  onTestFinished(() => void server.kill('SIGKILL'));
  const exit = once(server, 'exit');
  const { url: served } = await untilServed(server);
  for (const uid of uids.slice(0, 3)) {
    const query = new URLSearchParams({ created_at: `${(await createdAtOf(uid)).replace(' ', 'T')}:00` });
    const answer = await fetch(`${served}/v1/files/${uid}?${query.toString()}`);
    expect([answer.status, await answer.text()]).toEqual([200, contentOf(uid)]);
  }
  server.kill('SIGTERM');
  expect(await exit).toEqual([0, null]);
});

test('a prefix that is mistyped is no archive without a fault', () => {
  for (const command of [['ls'], ['verify'], ['extract', '--output', 'nothing']]) {
    const words = [builtCli(), ...command, '--sink', bucket.url({ prefix: 'archvie' })];
    const { status, stderr } = spawnSync(process.execPath, words, { cwd: folder, encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^ERR_SINK_UNAVAILABLE: there is no archive at s3:\/\/\S+\/archvie/);
  }
});

test('a shard that was downloaded by anything is unpacked by tar', async () => {
  const found = new Set<string>();
  for (const name of shardNames()) {
    const { Body } = await bucket.admin.getObject({ Bucket: bucket.name, Key: `archive/${name}` });
    const path = join(folder, basename(name));
    writeFileSync(path, await Body!.transformToByteArray());
    const listing = execFileSync('tar', ['--zstd', '-tf', path], { encoding: 'utf8' });
    for (const line of listing.split('\n'))
      if (line.startsWith('files/')) found.add(line.slice('files/'.length));
  }
  expect([...found].sort()).toEqual([...uids].sort());
});

test('the table is compared with a bucket, rejects are listed from it, and a lost shard is put back into it', async () => {
  const to = await installation.archivedUntil();
  const range = ['--from', '2026-01-01', '--to', to];
  const report = JSON.parse(await installation.succeed(['reconcile', ...range, '--bytes', '--json'])) as {
    readonly tables: readonly { readonly counts: object }[];
  };
  expect(report.tables[0]!.counts).toMatchObject({ equal: uids.length, unread: 0 });
  expect(await installation.succeed(['rejects'])).toContain('missing');
  const [name] = shardNames();
  await bucket.admin.deleteObject({ Bucket: bucket.name, Key: `archive/${name}` });
  expect((await installation.run(['verify'])).status).toBe(1);
  const [first] = alone(['ls', '--json']).trim().split('\n');
  const { window } = JSON.parse(first!) as { window: { end: string } };
  await installation.succeed(['replay', '--window', window.end, '--restore']);
  alone(['verify']);
});

test('source files and objects are moved once their shards were read back, whatever kills the clean-up', async () => {
  const moveTo = join(folder, 'moved');
  const cleanup = {
    ...{ roots: [installation.sourceFolder, ...moreRoots], after: '0s' },
    ...{ action: 'move', moveTo, moveObjectsTo: bucket.url({ prefix: 'old' }) },
  };
  appendFileSync(installation.configPath, stringify({ cleanup }));
  for (const point of ['cleanup:object-copied', 'cleanup:object-removed']) {
    const doomed = installation.start(['cleanup', '--once'], { TIDEMARK_FAILPOINTS: `${point}=kill` });
    const ended = (await once(doomed, 'exit')) as unknown[];
    expect([point, ...ended], installation.logOf(doomed)).toEqual([point, null, 'SIGKILL']);
  }
  const report = JSON.parse(await installation.succeed(['cleanup', '--once', '--json'])) as CleanupReport;
  expect(report.tables[0]).toMatchObject({ kept: {}, waitingShards: 0, stoppedBy: null });
  expect(readdirSync(installation.sourceFolder)).toEqual([]);
  expect(readdirSync(join(moveTo, 'public.files'))).toHaveLength(uids.length - OBJECTS.length);
  const left = await bucket.admin.listObjectsV2({ Bucket: bucket.name, Prefix: 'in put/' });
  expect(left.KeyCount).toBe(0);
  const moved = await bucket.admin.listObjectsV2({ Bucket: bucket.name, Prefix: 'old/' });
  expect(moved.Contents?.map(({ Key }) => Key)).toEqual(OBJECTS.map((uid) => `old/public.files/${uid}%`));
  for (const uid of OBJECTS) {
    const object = { Bucket: bucket.name, Key: `old/public.files/${uid}%` };
    expect(await (await bucket.admin.getObject(object)).Body!.transformToString()).toBe(contentOf(uid));
  }
});
