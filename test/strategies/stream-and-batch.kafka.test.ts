import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { formatMicros, parseMicros } from '../../src/model/micros.ts';
import type { Micros } from '../../src/model/micros.ts';
import { takeTableLock } from '../../src/watermark/table-lock.ts';
import { readArchivedUids, readManifests } from '../support/archive-contents.ts';
import type { EventFollower } from '../support/event-follower.ts';
import { Installation } from '../support/installation.ts';

let installation: Installation;

afterEach(() => installation.drop());

interface ShardDigest {
  readonly name: string;
  readonly sha256: string;
}

async function digests(folder: string): Promise<ShardDigest[]> {
  const shards = (await readManifests(folder)).flatMap((manifest) => manifest.shards);
  return shards.map(({ name, sha256 }) => ({ name, sha256 })).sort((a, b) => a.name.localeCompare(b.name));
}

/** Rows of many kinds over two minutes that are long past: every column type that has a form of its own. */
const ROWS = `
  INSERT INTO files (uid, created_at, note, number, flag, size)
  SELECT 'r-' || i, $1::timestamptz + i * interval '217 ms', E'line\\n"' || i, i / 7.0, i % 3 = 0, i
    FROM generate_series(1, 500) AS i`;

const DDL = `CREATE TABLE files (
  uid text PRIMARY KEY, created_at timestamptz NOT NULL, note text, number double precision, flag boolean, size bigint)`;

it('stream and batch archive a window alike, shard for shard and digest for digest, and never at once', async () => {
  installation = await Installation.create({ payload: 'row', windowSize: '20s', ddl: DDL, partitions: 3 });
  const from = formatMicros((Math.floor(Date.now() / 60_000) * 60_000_000 - 600_000_000) as Micros);
  await installation.database.query(ROWS, [from]);
  await installation.succeed(['init', '--from', from]);
  const stream = installation.start(['run', '--no-serve']);
  const follower = await installation.follow();
  await follower.untilWatermark(formatMicros((parseMicros(from)! + 120_000_000) as Micros));

  const refused = await installation.run(['run-cycle']);
  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain('ERR_TABLE_TAKEN');
  expect(refused.stderr).toContain(`tidemark-archive ${installation.name}`);
  await endBoth(stream, follower);

  const ofStream = await digests(installation.sinkFolder);
  expect(ofStream.length).toBeGreaterThanOrEqual(15);
  const batchFolder = await sendElsewhere();
  await installation.database.query('UPDATE des_archive_config SET archived_until = $1', [from.slice(0, -1)]);
  await installation.succeed(['run-cycle']);
  expect(await digests(batchFolder)).toEqual(ofStream);

  const withStream = ['compare', '--with', `file://${installation.sinkFolder}`];
  const counts = (out: string) => JSON.parse(out.trim().split('\n').at(-1)!) as Record<string, number>;
  const same = { shards: ofStream.length, same: ofStream.length, different: 0, onlyHere: 0, onlyThere: 0 };
  expect(counts(await installation.succeed([...withStream, '--json']))).toEqual(same);
  expect(counts(await installation.succeed(['compare', '--with-table', '--json']))).toEqual(same);
  await installation.database.query(`UPDATE files SET note = 'other' WHERE uid = 'r-7'`);
  const changed = await installation.run(['compare', '--with-table', '--json']);
  expect(changed.status, changed.stderr).toBe(1);
  expect(counts(changed.stdout)).toEqual({ ...same, same: ofStream.length - 1, different: 1 });

  // The lock of a cycle, held: the stream says so and ends.
  await takeTableLock(installation.database, 'public.files', 'exclusive');
  const late = await installation.run(['archive', '--no-serve']);
  expect(late.status).toBe(1);
  expect(late.stderr).toContain('ERR_TABLE_TAKEN');
});

it('archives files alike too, and their rejects, in a database whose times are elsewhere', async () => {
  installation = await Installation.create({ windowSize: '20s', partitions: 3 });
  const { database } = installation;
  const { rows } = await database.query<{ name: string }>('SELECT current_database() AS name');
  await database.query(`ALTER DATABASE ${rows[0]!.name} SET timezone TO 'Asia/Kathmandu'`);
  await database.query(`ALTER DATABASE ${rows[0]!.name} SET datestyle TO 'German'`);
  await installation.reconnect();
  const begin = (Math.floor(Date.now() / 60_000) * 60_000_000 - 600_000_000) as Micros;
  const from = formatMicros(begin);
  const uids = await installation.insertFiles(200, {
    prefix: 'f',
    createdAt: `timestamptz '${from}' + (split_part(uid, '-', 2)::int + 1) * interval '431 ms'`,
  });
  const bad = uids.filter((_, index) => index % 40 === 7);
  for (const uid of bad) await rm(join(installation.sourceFolder, uid));
  await installation.succeed(['init', '--from', from]);
  const stream = installation.start(['run', '--no-serve']);
  const follower = await installation.follow();
  await follower.untilWatermark(formatMicros((begin + 120_000_000) as Micros));
  await endBoth(stream, follower);
  const ofStream = await digests(installation.sinkFolder);
  expect(await readArchivedUids(installation.sinkFolder)).toEqual(
    uids.filter((uid) => !bad.includes(uid)).sort(),
  );

  const batchFolder = await sendElsewhere();
  await installation.database.query('UPDATE des_archive_config SET archived_until = $1', [from.slice(0, -1)]);
  const report = JSON.parse(await installation.succeed(['run-cycle', '--json'])) as object;
  expect(report).toMatchObject({ files: uids.length - bad.length, rejects: bad.length, updates: 1 });
  expect(await digests(batchFolder)).toEqual(ofStream);
  await installation.succeed(['compare', '--with', `file://${installation.sinkFolder}`]);
});

async function endBoth(stream: ChildProcess, follower: EventFollower): Promise<void> {
  stream.kill('SIGTERM');
  await once(stream, 'close');
  await follower.close();
}

/** Lets the next command write into a sink of its own. @returns its folder. */
async function sendElsewhere(): Promise<string> {
  const folder = join(installation.folder, 'batch');
  const config = parse(await readFile(installation.configPath, 'utf8')) as { sink: { url: string } };
  config.sink.url = `file://${folder}`;
  await writeFile(installation.configPath, stringify(config));
  return folder;
}
