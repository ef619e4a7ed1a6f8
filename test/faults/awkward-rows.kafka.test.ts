import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readManifests } from '../support/archive-contents.ts';
import type { EventFollower } from '../support/event-follower.ts';
import { contentOf, Installation } from '../support/installation.ts';

const run = promisify(execFile);

/** Each is another row; what would be one name in a file system must stay two here. */
const AWKWARD_UIDS = [
  '',
  ' ',
  '.',
  '..',
  '../../etc/passwd',
  '/absolute',
  'a/b/c',
  'back\\slash',
  'line\nbreak\r',
  'tab\tand\u0001control\u007f\u009f',
  `quo'te"`,
  '%2F',
  '%',
  '-rf',
  '--checkpoint-action=exec=sh',
  'é',
  'e\u0301',
  'ÄÖÜ漢字😀\u{10ffff}',
  '\u202eevil\ufeff',
  'null',
  'trailing.',
  'x'.repeat(255),
  '😀'.repeat(255),
];

let installation: Installation;
let follower: EventFollower;
let rejects: EventFollower;
let archived: { lines: Record<string, unknown>[]; contents: string[] };
const expected: string[] = [];

beforeAll(async () => {
  installation = await Installation.create({
    ddl: `CREATE TABLE files (uid text PRIMARY KEY, created_at timestamptz DEFAULT now(), file_location text, size_bytes bigint, note text)`,
    table: { window: { size: '1s', aheadMax: '1h' } },
    config: { marks: { interval: '200ms', holdbackMax: '1s' } },
  });
  await installation.succeed(['init', '--from', 'now']);
  follower = await installation.follow();
  rejects = await installation.follow({ topic: 'rejects' });
  const running = installation.start(['run']);
  await follower.untilWatermark(await installation.serverTime());
  const finishLong = await openLongTransactions();
  await insertTimes();
  await insertUids();
  await insertValues();
  await insertTwice();
  await sendForeignRecords(installation.kafkaBrokers);
  // Long enough for holdbackMax: the marks go past the start of the transactions that are still open.
  await follower.untilWatermark(await installation.serverTime());
  await finishLong();
  await installation.insertFiles(1, { prefix: 'last' });
  expected.push('last-0');
  await follower.untilWatermark(await installation.serverTime());
  running.kill('SIGTERM');
  expect(await once(running, 'exit'), installation.logOf(running)).toEqual([0, null]);
  archived = await readArchive();
});

afterAll(async () => {
  await follower.close();
  await rejects.close();
  await installation.drop();
});

interface Row {
  readonly uid: string;
  readonly createdAt?: string;
  readonly location?: string | null;
  readonly size?: number | null;
  readonly note?: string;
}

async function fileOf(uid: string): Promise<string> {
  const path = join(installation.sourceFolder, `f${Buffer.from(uid).toString('hex').slice(0, 200)}`);
  await writeFile(path, contentOf(uid));
  return path;
}

/** @param row.createdAt as SQL; default: `now()`. */
async function insert(row: Row, client: Client = installation.database): Promise<void> {
  const { uid, createdAt = 'now()', location = await fileOf(uid), size = null, note = null } = row;
  await client.query(
    `INSERT INTO files (uid, created_at, file_location, size_bytes, note) VALUES ($1, ${createdAt}, $2, $3, $4)`,
    [uid, location, size, note],
  );
}

async function insertGood(row: Row): Promise<void> {
  await insert(row);
  expected.push(row.uid);
}

/** @returns a function that commits them. */
async function openLongTransactions(): Promise<() => Promise<void>> {
  const long = new Client({ connectionString: installation.databaseUrl });
  await long.connect();
  await long.query('BEGIN');
  await insert({ uid: 'held-open' }, long);
  const prepared = `prepared-${installation.name}`;
  await installation.database.query('BEGIN');
  await insert({ uid: 'prepared' });
  await installation.database.query(`PREPARE TRANSACTION '${prepared}'`);
  return async () => {
    await long.query('COMMIT');
    await long.end();
    await installation.database.query(`COMMIT PREPARED '${prepared}'`);
    expected.push('held-open', 'prepared');
  };
}

async function insertTimes(): Promise<void> {
  await insertGood({ uid: 'of 1700', createdAt: `'1700-02-03 04:05:06.789012+00'` });
  await insertGood({ uid: 'late by an hour', createdAt: `now() - interval '1 hour'` });
  await insertGood({ uid: 'late by two seconds', createdAt: `now() - interval '2 s'` });
  await insertGood({ uid: 'on the edge of a window', createdAt: `date_trunc('second', now())` });
  for (const [uid, createdAt] of Object.entries(BAD_TIMES)) await insert({ uid, createdAt });
}

const BAD_TIMES: Readonly<Record<string, string>> = {
  'no time': 'NULL',
  infinity: `'infinity'`,
  '-infinity': `'-infinity'`,
  'of 44 BC': `'0044-03-15 12:00:00+00 BC'`,
  'of 1600': `'1600-01-01 00:00:00+00'`,
  'of 2300': `'2300-01-01 00:00:00+00'`,
  'of 294276': `'294276-12-31 23:59:59.999999+00'`,
  'in two hours': `now() + interval '2 hours'`,
};

async function insertUids(): Promise<void> {
  for (const uid of AWKWARD_UIDS) await insertGood({ uid, size: Buffer.byteLength(contentOf(uid)) });
}

const WIDE = 1_000_000;
/** Does not compress, so Postgres has to move it out of the row. */
const TOASTED = Array.from({ length: 20_000 }, (_, i) => ((i * 2_654_435_761) % 2 ** 32).toString(36)).join(
  '',
);

async function insertValues(): Promise<void> {
  await insertGood({ uid: 'toasted', note: TOASTED });
  await insertGood({ uid: 'wide', note: `{"nul": "\\u0000", "text": "${'"\\\n'.repeat(WIDE / 4)}"}` });
  await insert({ uid: 'no location', location: null });
  await insert({ uid: 'empty location', location: '' });
  await insert({ uid: 'negative size', size: -1 });
  for (let i = 0; i < 3; i++)
    await insert({ uid: `location of a megabyte ${i}`, location: '/'.padEnd(WIDE, 'x') });
  await installation.database.query(`
    BEGIN; SAVEPOINT s; INSERT INTO files (uid) VALUES ('rolled back to savepoint'); ROLLBACK TO SAVEPOINT s; COMMIT`);
}

async function insertTwice(): Promise<void> {
  await insertGood({ uid: 'again, at another time' });
  await installation.database.query(`DELETE FROM files WHERE uid = 'again, at another time'`);
  await insertGood({ uid: 'again, at another time', createdAt: `now() + interval '1 us'` });
  const at = `'${await installation.serverTime()}'`;
  await insertGood({ uid: 'again, at the same time', createdAt: at });
  await installation.database.query(`DELETE FROM files WHERE uid = 'again, at the same time'`);
  await insert({ uid: 'again, at the same time', createdAt: at });
}

/** What Postgres cannot hold but another writer of the topic may send. */
async function sendForeignRecords(brokers: readonly string[]): Promise<void> {
  const producer = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  const createdAt = await installation.serverTime();
  const record = (uidJson: string, location: string) => ({
    partition: 0,
    value: `{"op":"c","after":{"uid":${uidJson},"created_at":"${createdAt}","file_location":${JSON.stringify(location)},"size_bytes":null},"source":{"ts_ms":${Date.now()}}}`,
  });
  await producer.send({
    topic: `${installation.name}.public.files`,
    messages: [
      record('"with \\u0000"', await fileOf('with \0')),
      record('"half \\ud83d"', await fileOf('half')),
      record('"location with NUL"', '/with\0nul'),
    ],
  });
  await producer.disconnect();
  expected.push('with \0');
}

/** Every line and every file of every shard that a manifest names, by `tar` and `zstd`. */
async function readArchive(): Promise<typeof archived> {
  const lines: Record<string, unknown>[] = [];
  const contents: string[] = [];
  for (const { shards } of await readManifests(installation.sinkFolder)) {
    for (const { name } of shards) {
      const folder = await mkdtemp(join(installation.folder, 'shard-'));
      await mkdir(folder, { recursive: true });
      await run('tar', ['--zstd', '-xf', join(installation.sinkFolder, name), '-C', folder]);
      const text = await readFile(join(folder, 'rows.ndjson'), 'utf8');
      for (const line of text.split('\n')) {
        if (line !== '') lines.push(JSON.parse(line) as Record<string, unknown>);
      }
      for (const file of await readdir(join(folder, 'files')))
        contents.push(await readFile(join(folder, 'files', file), 'utf8'));
    }
  }
  return { lines, contents };
}

function reasonsByUid(): Record<string, string> {
  const found = rejects
    .ofType('tidemark.record.rejected.v1')
    .map(({ data }) => [data['uid'], data['reason']]);
  return Object.fromEntries(found) as Record<string, string>;
}

describe('rows of every kind', () => {
  it('that can be archived are, once, whatever their uid, time, size and transaction', () => {
    expect(archived.lines.map(({ uid }) => uid).sort()).toEqual([...expected].sort());
    expect(archived.contents.sort()).toEqual(expected.map(contentOf).sort());
  });

  it('keep their values to the last byte, toasted, of a megabyte or with escaped NULs', async () => {
    const { rows } = await installation.database.query<{ uid: string; note: string }>(
      'SELECT uid, note FROM files WHERE note IS NOT NULL',
    );
    expect(rows).toHaveLength(2);
    for (const { uid, note } of rows) {
      expect(archived.lines.find((line) => line['uid'] === uid)!['note'], uid).toBe(note);
    }
  });

  it('that cannot be archived are rejects with their reason, each once', () => {
    const times = Object.keys(BAD_TIMES).map((uid) => [uid, 'created_at_invalid']);
    const locations = Array.from({ length: 3 }, (_, i) => [`location of a megabyte ${i}`, 'file_missing']);
    expect(reasonsByUid()).toEqual({
      ...Object.fromEntries(times),
      'in two hours': 'created_at_far_ahead',
      'no location': 'file_location_missing',
      'empty location': 'file_location_missing',
      'negative size': 'record_invalid',
      ...Object.fromEntries(locations),
      'half \ud83d': 'uid_invalid',
      'location with NUL': 'file_missing',
    });
    const ids = rejects.events.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(Object.keys(reasonsByUid()).length);
  });

  it('are counted: what was received is archived, a duplicate or a reject', async () => {
    const sum = { received: 0, archived: 0, duplicates: 0, rejected: 0 };
    for (const { ledger } of await readManifests(installation.sinkFolder)) {
      for (const key of ['received', 'archived', 'duplicates', 'rejected'] as const) sum[key] += ledger[key];
    }
    // Rows without a place in time stand in no window and so in no manifest.
    const inManifests = rejects.events.filter(({ data }) => /^file_/.test(String(data['reason']))).length;
    expect(sum).toEqual({
      received: expected.length + 1 + inManifests,
      archived: expected.length,
      duplicates: 1,
      rejected: inManifests,
    });
  });

  it('are read back by their uid, and the archive verifies', async () => {
    const sink = ['--sink', `file://${installation.sinkFolder}`];
    await installation.succeed(['verify', ...sink]);
    const uid = AWKWARD_UIDS.find((candidate) => candidate.startsWith('line'))!;
    const { rows } = await installation.database.query<{ t: string }>(
      'SELECT created_at::text AS t FROM files WHERE uid = $1',
      [uid],
    );
    const got = await installation.succeed(['get', uid, '--created-at', rows[0]!.t, ...sink]);
    expect(got).toBe(contentOf(uid));
  });
});
