import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findCreatedAt } from '../../src/capture/find-created-at.ts';
import { withSession } from '../../src/capture/postgres-session.ts';
import { createPublication } from '../../src/capture/setup.ts';
import { placedRowsQuery, readPublishedTable } from '../../src/capture/snapshot-query.ts';
import { tablePages } from '../../src/capture/table-pages.ts';
import { formatMicros, parseMicros } from '../../src/model/micros.ts';
import type { Micros } from '../../src/model/micros.ts';
import type { TableRef } from '../../src/model/table.ts';
import { connectedDatabase } from '../support/services/fresh.ts';
import type { ConnectedDatabase } from '../support/services/fresh.ts';
import { Random, SEED } from '../support/seed.ts';

let database: ConnectedDatabase;
let sql: pg.Client;

beforeAll(async () => {
  database = await connectedDatabase();
  sql = database.client;
  await sql.query(`
    CREATE TABLE files (uid text, created_at timestamptz, path text, bytes bigint, large text DEFAULT 'not read');
    CREATE INDEX ON files (created_at);
    CREATE TABLE notes (uid bigint PRIMARY KEY, created_at timestamp);`);
  const tables = [ref('files'), ref('notes')];
  await createPublication({ postgresUrl: database.url, publication: 'p', slot: 'unused', tables });
});

afterAll(() => database.drop());

function ref(name: string): TableRef {
  const files = name === 'files';
  return {
    schema: 'public',
    name,
    columns: {
      ...{ uid: 'uid', createdAt: 'created_at' },
      ...{ fileLocation: files ? 'path' : null, sizeBytes: files ? 'bytes' : null },
    },
  };
}

function read(
  table: TableRef,
  range: { from: string; to: string; pageRows?: number; timeZone?: string },
): Promise<{ keys: string[]; pages: number }> {
  return withSession({ url: database.url, purpose: 'test' }, async (client) => {
    const keys: string[] = [];
    let pages = 0;
    for await (const page of tablePages({
      ...{
        client,
        publication: 'p',
        table,
        timeZone: range.timeZone ?? 'UTC',
        pageRows: range.pageRows ?? 3,
      },
      ...{ from: parseMicros(range.from)!, to: parseMicros(range.to)! },
    })) {
      pages++;
      keys.push(
        ...page.map(({ createdAt, uidBytes }) => `${formatMicros(createdAt)} ${uidBytes.toString()}`),
      );
    }
    return { keys, pages };
  });
}

describe('the pages of a table', () => {
  it('hold each row of the range once, by time and then by the bytes of the uid, however they are cut', async () => {
    const random = new Random(SEED);
    const uids = [
      '',
      '-',
      '_',
      'a',
      'A',
      'b',
      'B',
      'é',
      'e',
      'z',
      '\uffee',
      '\u{1f600}',
      'a b',
      'ab',
      '1',
      '10',
      '9',
    ];
    const base = parseMicros('2026-11-23T05:00:00Z')!;
    const rows = new Map<string, { at: string; uid: string }>();
    for (let i = 0; i < 150; i++) {
      const at = formatMicros((base + random.between(0, 9)) as Micros);
      const uid = random.pick(uids);
      rows.set(`${at} ${uid}`, { at, uid });
    }
    const all = [...rows.values()];
    await sql.query(
      'INSERT INTO files (uid, created_at) SELECT * FROM unnest($1::text[], $2::timestamptz[])',
      [all.map(({ uid }) => uid), all.map(({ at }) => at)],
    );
    // A whole page of rows that have no identity must not bring the reading to a stand.
    await sql.query(`INSERT INTO files SELECT NULL, $1 FROM generate_series(1, 7)`, [formatMicros(base)]);
    await sql.query(`INSERT INTO files VALUES ('never', NULL), ('end', 'infinity'), ('begin', '-infinity')`);
    const expected = [...rows.keys()].sort((a, b) => Buffer.from(a).compare(Buffer.from(b)));
    for (const pageRows of [1, 2, 5, 1_000]) {
      const found = await read(ref('files'), {
        ...{ from: '2026-11-23T04:00:00Z', to: '2026-11-23T06:00:00Z', pageRows },
      });
      expect(found.keys).toEqual(expected);
    }
  });

  it('begin after the first time and end with the last one', async () => {
    const [from, to] = ['2026-11-23T05:00:00.000003Z', '2026-11-23T05:00:00.000005Z'];
    const { keys } = await read(ref('files'), { from, to });
    const times = new Set(keys.map((key) => key.slice(0, 27)));
    expect([...times].filter((time) => time <= from || time > to)).toEqual([]);
    expect(keys.length).toBeGreaterThan(0);
  });

  it('give a time without a zone in the zone of the table, and an integer as its text', async () => {
    await sql.query(`INSERT INTO notes VALUES (9, '2026-06-01 12:00'), (10, '2026-06-01 12:00'),
      (1, '2026-06-01 11:59:59.999999'), (3, '2026-06-01 13:00'), (4, '2026-10-25 02:30')`);
    const range = {
      from: '2026-06-01T09:59:59.999999Z',
      to: '2026-10-26T00:00:00Z',
      timeZone: 'Europe/Warsaw',
    };
    expect((await read(ref('notes'), range)).keys).toEqual([
      '2026-06-01T10:00:00.000000Z 10',
      '2026-06-01T10:00:00.000000Z 9',
      '2026-06-01T11:00:00.000000Z 3',
      '2026-10-25T01:30:00.000000Z 4',
    ]);
  });

  it('say so when wall times that never were break the order', async () => {
    await sql.query(`INSERT INTO notes VALUES (20, '2027-03-28 02:30'), (21, '2027-03-28 03:00')`);
    const range = { from: '2027-03-27T00:00:00Z', to: '2027-03-29T00:00:00Z', timeZone: 'Europe/Warsaw' };
    await expect(read(ref('notes'), range)).rejects.toMatchObject({ code: 'ERR_TABLE_INVALID' });
  });

  it('leave out what the publication leaves out, which nobody archives', async () => {
    await sql.query(`ALTER PUBLICATION p SET TABLE notes WHERE (uid < 10)`);
    const range = { from: '2026-06-01T00:00:00Z', to: '2026-06-02T00:00:00Z' };
    expect((await read(ref('notes'), range)).keys.map((key) => key.slice(28))).toEqual(['1', '9', '3']);
    await expect(read(ref('files'), range)).rejects.toMatchObject({ code: 'ERR_TABLE_INVALID' });
    // Without a publication the batch path archives all of it.
    await sql.query('ALTER PUBLICATION p RENAME TO q');
    expect((await read(ref('notes'), range)).keys.map((key) => key.slice(28))).toEqual(['1', '10', '9', '3']);
    await sql.query('ALTER PUBLICATION q RENAME TO p');
  });

  it('are read off the index from their key on: without a sort, a scan, or a row that is not asked for', async () => {
    await sql.query(`
      CREATE TABLE large (uid text PRIMARY KEY, created_at timestamptz);
      INSERT INTO large SELECT i::text, timestamptz '2026-01-01' + i / 500 * interval '1 s' FROM generate_series(1, 50000) AS i;
      CREATE INDEX ON large (created_at, (uid::text COLLATE "C"));
      ALTER PUBLICATION p ADD TABLE large;`);
    const table = ref('notes');
    const large = { ...table, name: 'large' };
    await withSession({ url: database.url, purpose: 'test' }, async (client) => {
      const published = await readPublishedTable(client, 'p', large);
      const from = { createdAt: parseMicros('2026-01-01T00:01:00Z')!, uid: '30100' };
      const [lowerBound, upperBound] = [from.createdAt, parseMicros('2026-01-02T00:00:00Z')!];
      const query = placedRowsQuery({
        ...{ table: large, published, isUtc: true, lowerBound: (lowerBound - 1) as Micros, upperBound, from },
      });
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN (ANALYZE) ${query} LIMIT 100`);
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(plan).toMatch(/Index (Only )?Scan using large_created_at_uid_idx/);
      expect(plan).toMatch(/Index Cond: .*ROW\(created_at, /);
      expect(plan).not.toMatch(/Sort|Seq Scan|Bitmap|Rows Removed/);
    });
  });
});

describe('the table, asked when a uid was created', () => {
  const ask = async (uid: string, options: { columns?: string[]; zone?: string } = {}) => {
    const table = ref(options.columns === undefined ? 'notes' : 'marks');
    const columns = { ...table.columns, uid: options.columns ?? 'uid' };
    const createdAtZone = options.zone ?? null;
    const times = await findCreatedAt({
      url: database.url,
      table: { ...table, columns, createdAtZone },
      uid,
    });
    return times.map(formatMicros);
  };

  it('answers in UTC for the very text of the uid, whatever type its columns have', async () => {
    await sql.query(`
      DELETE FROM notes;
      INSERT INTO notes VALUES (7, '2026-07-01 12:00:00.000001'), (8, 'infinity');
      CREATE TABLE marks (a integer, b text, created_at timestamptz);
      INSERT INTO marks VALUES (1, 'x,y', '2026-07-01 12:00+02'), (1, 'x,y', '2026-07-02 12:00+02');`);
    expect(await ask('7')).toEqual(['2026-07-01T12:00:00.000001Z']);
    expect(await ask('7', { zone: 'Europe/Berlin' })).toEqual(['2026-07-01T10:00:00.000001Z']);
    for (const uid of ['007', '8', 'seven', '99999999999999999999', "7' OR true --"])
      expect(await ask(uid), uid).toEqual([]);
    // A time with a zone of its own is not moved by the zone of the others.
    const both = ['2026-07-01T10:00:00.000000Z', '2026-07-02T10:00:00.000000Z'];
    expect(await ask('1,x\\,y', { columns: ['a', 'b'], zone: 'Europe/Berlin' })).toEqual(both);
    for (const uid of ['1,x,y', '1', 'x\\,y,1']) expect(await ask(uid, { columns: ['a', 'b'] })).toEqual([]);
  });

  it('fails with the code of what is wrong when it cannot be asked', async () => {
    await expect(ask('7', { columns: ['a', 'nothing'] })).resolves.toEqual([]);
    await expect(ask('7,8', { columns: ['a', 'nothing'] })).rejects.toMatchObject({
      code: 'ERR_TABLE_INVALID',
    });
  });
});
