import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { quoteIdentifier } from '../../src/capture/postgres-session.ts';
import { readManifests } from '../support/archive-contents.ts';
import { codeBlock } from '../support/code-block.ts';
import { Installation } from '../support/installation.ts';
import { Random, SEED } from '../support/seed.ts';
import { SAMPLE_COLUMNS, SAMPLE_TYPES, sampleValues } from './sample-columns.ts';

const run = promisify(execFile);
const ROWS = 60;
/** Beyond what a double of JavaScript holds. */
const FIRST_UID = 9_007_199_254_740_993n;

const COLUMNS = SAMPLE_COLUMNS.map(({ name, type }) => `${quoteIdentifier(name)} ${type}`).join(', ');
const TABLE = (name: string): string => `CREATE TABLE ${name} (
  uid bigint, shop text, created_at timestamptz NOT NULL DEFAULT now(), ${COLUMNS},
  doubled integer GENERATED ALWAYS AS (c_int2 * 2) STORED, PRIMARY KEY (shop, uid))`;
const SHOPS = ['a,b', 'a\\', '', 'ü "x"', '\\,'];

/** Whatever the server says, the archive has one text form of each value. */
const SERVER_SETTINGS = {
  DateStyle: 'German',
  IntervalStyle: 'sql_standard',
  TimeZone: 'Asia/Kathmandu',
  bytea_output: 'escape',
  extra_float_digits: '-3',
};

let installation: Installation;
/** The lines of every shard of the stream's archive. */
let lines: string[];
let from: string;

beforeAll(async () => {
  installation = await Installation.create({
    payload: 'row',
    ddl: SAMPLE_TYPES + TABLE('files'),
    table: { columns: { uid: ['shop', 'uid'] } },
  });
  const { database } = installation;
  for (const [name, value] of Object.entries(SERVER_SETTINGS))
    await database.query(
      `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET ${name} TO %L', current_database(), '${value}'); END $$`,
    );
  await installation.reconnect();
  from = await installation.serverTime();
  const random = new Random(SEED);
  await insertRows(random, { first: 0, last: ROWS / 2 });
  await installation.succeed(['init', '--from', from]);
  await streamUntilArchived(() => insertRows(random, { first: ROWS / 2, last: ROWS }));
  lines = await linesOf(installation.sinkFolder);
}, 120_000);

afterAll(() => installation.drop());

async function insertRows(random: Random, { first, last }: { first: number; last: number }): Promise<void> {
  const names = ['uid', 'shop', ...SAMPLE_COLUMNS.map(({ name }) => quoteIdentifier(name))];
  const places = names.map((_, at) => `$${at + 1}`);
  for (let row = first; row < last; row++) {
    const uid = String(FIRST_UID + BigInt(row));
    const values = [uid, random.pick(SHOPS), ...sampleValues(random, row)];
    const text = `INSERT INTO files (${names.join(', ')}) VALUES (${places.join(', ')})`;
    await installation.database.query(text, values);
  }
}

/** Runs the pipeline while something is inserted, until everything is archived. */
async function streamUntilArchived(
  insert: (untilArchived: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const follower = await installation.follow();
  const stream = installation.start(['run', '--no-serve']);
  const untilArchived = async () => follower.untilWatermark(await installation.serverTime());
  await insert(untilArchived);
  await untilArchived();
  await follower.close();
  stream.kill('SIGTERM');
  await once(stream, 'close');
}

async function linesOf(sinkFolder: string): Promise<string[]> {
  const shards = (await readManifests(sinkFolder)).flatMap((manifest) => manifest.shards);
  const members = await Promise.all(
    shards.map(({ name }) =>
      run('tar', ['--zstd', '-xOf', join(sinkFolder, name), 'rows.ndjson'], { maxBuffer: 1 << 28 }),
    ),
  );
  return members.flatMap(({ stdout }) => stdout.split('\n').filter((line) => line !== ''));
}

async function digests(folder: string): Promise<string[]> {
  const shards = (await readManifests(folder)).flatMap((manifest) => manifest.shards);
  return shards.map(({ name, sha256 }) => `${name} ${sha256}`).sort();
}

async function psql(...args: string[]): Promise<Buffer> {
  const options = { maxBuffer: 1 << 28, encoding: 'buffer' as const, cwd: installation.folder };
  const found = await run(
    'psql',
    ['-X', '-q', '-v', 'ON_ERROR_STOP=1', installation.databaseUrl, ...args],
    options,
  );
  return found.stdout;
}

/** The table in Postgres's binary form: equal bytes are equal values, down to the sign of a zero. */
function binary(table: string, columns: string): Promise<Buffer> {
  return psql('-c', `COPY (SELECT ${columns} FROM ${table} ORDER BY uid) TO STDOUT (FORMAT binary)`);
}

describe(`a table with ${SAMPLE_COLUMNS.length} types of columns`, () => {
  it('comes back from its shards bit for bit, by the SQL that docs/reading.md shows', async () => {
    expect(lines).toHaveLength(ROWS);
    const folder = await mkdtemp(join(installation.folder, 'restore-'));
    await writeFile(join(folder, 'restore.sql'), codeBlock('docs/reading.md', 'sql', '-- restore.sql'));
    await writeFile(join(installation.folder, 'rows.ndjson'), `${lines.join('\n')}\n`);
    await installation.database.query(TABLE('restored'));
    await psql('-v', 'table=restored', '-f', join(folder, 'restore.sql'));
    const isEqual = async (columns: string): Promise<boolean> => {
      const [was, is] = await Promise.all(['files', 'restored'].map((table) => binary(table, columns)));
      return was!.equals(is!);
    };
    if (await isEqual('*')) return;
    const different: string[] = [];
    for (const { name } of SAMPLE_COLUMNS) if (!(await isEqual(quoteIdentifier(name)))) different.push(name);
    expect(different).toEqual([]);
    throw new Error('uid, created_at or the generated column differs');
  });

  it('says in each line of which type each column is, as the server says it', async () => {
    const expected = Object.fromEntries([
      ['uid', 'bigint NOT NULL'],
      ['shop', 'text NOT NULL'],
      ['created_at', 'timestamp with time zone NOT NULL'],
      ...SAMPLE_COLUMNS.map(({ name, type, archivedAs }) => [name, archivedAs ?? type]),
    ]) as Record<string, string>;
    for (const line of lines) expect((JSON.parse(line) as { $types: unknown }).$types).toEqual(expected);
    // What this file calls a type is what Postgres calls it.
    const { rows } = await installation.database.query<{ name: string; type: string }>(
      `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
        WHERE attrelid = 'files'::regclass AND attnum > 0 AND attname LIKE 'c\\_%'`,
    );
    const called = Object.fromEntries(SAMPLE_COLUMNS.map(({ name, type }) => [name, type]));
    for (const { name, type } of rows) expect(type, name).toBe(called[name]);
  });

  it('gives the same bytes by a cycle', async () => {
    const folder = join(installation.folder, 'batch');
    const config = await readFile(installation.configPath, 'utf8');
    const elsewhere = { ...(parse(config) as object), sink: { url: `file://${folder}` } };
    await writeFile(installation.configPath, stringify(elsewhere));
    await installation.database.query('UPDATE des_archive_config SET archived_until = $1', [from]);
    await installation.succeed(['run-cycle']);
    await writeFile(installation.configPath, config);
    expect(await digests(folder)).toEqual(await digests(installation.sinkFolder));
  });

  it('is found row for row by its key of two columns', async () => {
    const range = ['--from', '2026-01-01', '--to', '2200-01-01'];
    const { tables } = JSON.parse(await installation.succeed(['reconcile', ...range, '--json'])) as {
      tables: readonly { counts: object }[];
    };
    expect(tables[0]!.counts).toMatchObject({ table: ROWS, archived: ROWS, equal: ROWS });
    const line = lines.find((candidate) => candidate.includes('"shop":"a,b"'))!;
    // The digits as they stand there: a parser makes a double of them.
    const uid = /"uid":(\d+)/.exec(line)![1]!;
    const { created_at: createdAt } = JSON.parse(line) as Line;
    const got = await installation.succeed(['get', `a\\,b,${uid}`, '--created-at', createdAt]);
    expect(got).toBe(line);
  });

  it('may change its columns: each line has the types of its own time', async () => {
    const { database } = installation;
    await streamUntilArchived(async (untilArchived) => {
      // Then the session has begun, and what it knows of the types is from before the change.
      await untilArchived();
      await database.query(`INSERT INTO files (uid, shop, always, c_varchar) VALUES (1, '', '', 'before')`);
      await database.query(
        `ALTER TABLE files ALTER c_varchar TYPE varchar(20), DROP c_money, ALTER always DROP NOT NULL`,
      );
      await database.query(`CREATE TYPE "New Type" AS ENUM ('x')`);
      await database.query(`ALTER TABLE files ADD added "New Type"[]`);
      await database.query(`INSERT INTO files (uid, shop, c_varchar, added) VALUES (2, '', 'behind', '{x}')`);
    });
    const found = (await linesOf(installation.sinkFolder)).map((line) => JSON.parse(line) as Line);
    const [before, behind] = [1, 2].map((uid) => found.find((line) => line.uid === uid)!);
    expect(before).toMatchObject({ c_varchar: 'before', c_money: null });
    expect(before!.$types).toMatchObject({
      c_varchar: 'character varying(10)',
      c_money: 'money',
      always: 'text NOT NULL',
    });
    expect(behind).toMatchObject({ c_varchar: 'behind', always: null, added: '{x}' });
    expect(behind!.$types).toMatchObject({
      c_varchar: 'character varying(20)',
      always: 'text',
      added: 'public."_New Type"',
    });
    expect(behind!.$types).not.toHaveProperty('c_money');
  });
});

interface Line {
  readonly uid: number;
  readonly created_at: string;
  readonly $types: Record<string, string>;
}
