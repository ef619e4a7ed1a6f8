import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Events } from '../../../src/base/event-map.ts';
import { placedRowsQuery, readStoredTable } from '../../../src/capture/snapshot-query.ts';
import { MICROS_PER_SECOND } from '../../../src/model/micros.ts';
import type { Micros } from '../../../src/model/micros.ts';
import { requireArchivedColumn } from '../../../src/watermark/archived-column.ts';
import { setArchived } from '../../../src/watermark/set-archived.ts';
import { BEGIN, MINUTE, SyncRig } from './sync-rig.ts';

let rig: SyncRig;

beforeAll(async () => {
  rig = await SyncRig.create();
});
beforeEach(() => rig.reset((BEGIN + 60 * MINUTE) as Micros));
afterAll(() => rig.drop());

const uids = (count: number, prefix = 'a') => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

/** UPDATE statements and watermarks, as the events and the reports tell of them. */
function countUpdates(events: Events): { updates: number } {
  const counted = { updates: 0 };
  events.on('database:operated', ({ operation, count }) => {
    if (operation === 'update') counted.updates += count;
  });
  return counted;
}

describe('tidemark sync-archived', () => {
  it('sets what shards hold, in batches, and sends no UPDATE when nothing is left', async () => {
    await rig.seal(await rig.insert(uids(7)));
    const events = new Events();
    const counted = countUpdates(events);
    const sync = await rig.sync({ events });
    expect(sync).toMatchObject({ rows: 7, updates: 4, unarchived: 0, passedOver: 0, finished: true });
    expect(await rig.archived()).toEqual(uids(7));
    expect(counted.updates).toBe(4);
    expect(await rig.sync({ events })).toMatchObject({ rows: 0, updates: 0, reached: null, finished: true });
    expect(counted.updates).toBe(4);
  });

  it('never sets a row that no shard holds: rejects, late rows that wait, rows from before the archive', async () => {
    await rig.insert(['before'], -30);
    const rows = await rig.insert(uids(4), 1);
    const rejects = await rig.insert(['reject', 'retried'], 10);
    await rig.insert(['waiting'], 20);
    await rig.seal(rows);
    await rig.seal(rejects, 'file');
    await rig.seal([rejects[1]!], 'row', 1);
    expect(await rig.sync()).toMatchObject({ rows: 5, unarchived: 3, finished: true });
    expect(await rig.archived()).toEqual([...uids(4), 'retried']);
    // A row of equal uid and another time is another row.
    await rig.sql.query(
      `UPDATE files SET archived = false, created_at = created_at + interval '1 second' WHERE uid = 'a0'`,
    );
    expect(await rig.sync()).toMatchObject({ rows: 0, updates: 0, unarchived: 4 });
  });

  it('takes up what was archived behind it: a run has no position that could pass rows over', async () => {
    const late = await rig.insert(['late'], 1);
    await rig.seal(await rig.insert(uids(3), 5));
    await rig.sync();
    await rig.seal(late, 'row', 1);
    expect(await rig.sync()).toMatchObject({ rows: 1, updates: 1, unarchived: 0 });
  });

  it('never goes above the watermark, and reads it again for each batch', async () => {
    await rig.reset((BEGIN + 2 * MINUTE) as Micros);
    await rig.seal(await rig.insert(uids(9)));
    // Exactly at the watermark is archived, above it is not.
    expect(await rig.sync()).toMatchObject({ rows: 2, reached: '2026-11-23T05:02:00.000000Z' });
    expect(await rig.archived()).toEqual(['a0', 'a1']);
    await rig.moveWatermark((BEGIN + 8 * MINUTE) as Micros);
    const forward = await rig.sync({
      wait: () => rig.moveWatermark((BEGIN + 5 * MINUTE) as Micros),
    });
    expect(forward).toMatchObject({ rows: 3, watermark: '2026-11-23T05:05:00.000000Z', finished: true });
    expect(await rig.archived()).toEqual(uids(5));
  });

  it('ends after the batch under way when it is told to, and goes on there', async () => {
    await rig.seal(await rig.insert(uids(7)));
    const abort = new AbortController();
    const events = new Events();
    events.on('database:operated', () => abort.abort());
    const stopped = await rig.sync({ events, signal: abort.signal });
    expect(stopped).toMatchObject({ rows: 2, updates: 1, finished: false });
    expect(await rig.archived()).toEqual(['a0', 'a1']);
    expect(await rig.sync()).toMatchObject({ rows: 5, updates: 3, finished: true });
  });

  it('leaves a row alone that got another time, or was set, since it was read', async () => {
    await rig.insert(['a0']);
    const columns = { uid: 'uid', createdAt: 'created_at', fileLocation: null, sizeBytes: null };
    const table = { schema: 'public', name: 'files', columns };
    const column = await requireArchivedColumn(rig.sql, { table, column: 'archived' });
    const set = (minute: number) =>
      setArchived(rig.sql, column, [{ uid: 'a0', localCreatedAt: (BEGIN + minute * MINUTE) as Micros }]);
    expect([await set(2), await set(1), await set(1)]).toEqual([0, 1, 0]);
  });

  it('waits as long as the rate asks for, counted from the begin of the batch', async () => {
    await rig.seal(await rig.insert(uids(5)));
    const wait = vi.fn(() => Promise.resolve());
    await rig.sync({ wait, rowsPerSecond: 4, clock: { now: () => BEGIN } });
    expect(wait.mock.calls.map(([until]: unknown[]) => (until as number) - BEGIN)).toEqual([
      500_000, 500_000,
    ]);
  });

  it('reads through the partial index behind the last key, so that no row is read twice', async () => {
    await rig.sql.query(
      `INSERT INTO files SELECT n::text, '2026-11-23 05:00+00'::timestamptz + n * interval '1 second', n <= 19000
         FROM generate_series(1, 20000) AS n; ANALYZE files`,
    );
    const columns = { uid: 'uid', createdAt: 'created_at', fileLocation: null, sizeBytes: null };
    const table = { schema: 'public', name: 'files', columns };
    const from = { createdAt: (BEGIN + 19_500 * MICROS_PER_SECOND) as Micros, uid: '19500' };
    const query = placedRowsQuery({
      ...{ table, from, lowerBound: null, upperBound: (BEGIN + 600 * MINUTE) as Micros, isUtc: true },
      published: await readStoredTable(rig.sql, table),
      condition: 'NOT "archived"',
    });
    const { rows } = await rig.sql.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${query} LIMIT 500`);
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toMatch(
      /Index Scan using files_created_at_idx[\s\S]*Index Cond: .*created_at >= '2026-11-23 10:25:00/,
    );
    // Only rows of one time are put in order by their uid.
    expect(plan).toContain('Presorted Key: created_at');
  });

  it('only counts with --dry-run', async () => {
    await rig.seal(await rig.insert(uids(3)));
    await rig.insert(['waiting'], 20);
    const before = await rig.sql.query(`SELECT xmin::text, * FROM files ORDER BY uid`);
    expect(await rig.sync({ isDryRun: true })).toMatchObject({ rows: 3, updates: 0, unarchived: 1 });
    expect((await rig.sql.query(`SELECT xmin::text, * FROM files ORDER BY uid`)).rows).toEqual(before.rows);
  });

  it('passes over what a writer has locked, waits for a lock on the table, and takes the rest later', async () => {
    await rig.seal(await rig.insert(uids(4)));
    const writer = new pg.Client({ connectionString: rig.url });
    await writer.connect();
    try {
      await writer.query(`BEGIN; SELECT FROM files WHERE uid = 'a1' FOR UPDATE`);
      expect(await rig.sync()).toMatchObject({ rows: 3, passedOver: 1, finished: true });
      await writer.query(`COMMIT; BEGIN; LOCK TABLE files IN SHARE MODE`);
      const onLocked = vi.fn(() => void writer.query('COMMIT'));
      expect(await rig.sync({ onLocked })).toMatchObject({ rows: 1, passedOver: 0 });
      expect(onLocked).toHaveBeenCalledOnce();
    } finally {
      await writer.end();
    }
  });

  it('never makes an insert wait that refers to a row by a foreign key', async () => {
    await rig.seal(await rig.insert(uids(1)));
    await rig.sql.query(`CREATE TABLE parts (uid text REFERENCES files (uid))`);
    const reader = new pg.Client({ connectionString: rig.url });
    await reader.connect();
    try {
      // The lock that an insert into `parts` takes on the row of `files`.
      await reader.query(`BEGIN; INSERT INTO parts VALUES ('a0')`);
      expect(await rig.sync()).toMatchObject({ rows: 1, passedOver: 0 });
      await reader.query('COMMIT');
    } finally {
      await reader.end();
    }
  });

  it('sets rows of a partitioned table in the partitions that hold them', async () => {
    await rig.reset((BEGIN + 60 * MINUTE) as Micros, 'uid text, created_at timestamptz', {
      partitioned: true,
    });
    await rig.seal(await rig.insert(uids(7), 28));
    await rig.insert(['waiting'], 40);
    expect(await rig.sync()).toMatchObject({ rows: 7, updates: 4, unarchived: 1, passedOver: 0 });
    expect(await rig.archived()).toEqual(uids(7));
    const held = await rig.sql.query<{ part: string; n: number }>(
      'SELECT tableoid::regclass::text AS part, count(*)::int AS n FROM files WHERE archived GROUP BY 1 ORDER BY 1',
    );
    expect(held.rows).toEqual([
      { part: 'files_early', n: 2 },
      { part: 'files_late', n: 5 },
    ]);
    expect(await rig.sync()).toMatchObject({ rows: 0, updates: 0, unarchived: 1 });
  });

  it('reads wall times in the zone of the table, and uids of any type by the bytes of their text', async () => {
    await rig.reset((BEGIN + 60 * MINUTE) as Micros, 'uid bigint PRIMARY KEY, created_at timestamp');
    const rows = ['9', '10'].map((uid) => ({
      ...{ uid, createdAt: BEGIN + MINUTE, fileLocation: null, sizeBytes: null },
    }));
    await rig.sql.query(
      `INSERT INTO files VALUES (9, '2026-11-23 06:01'), (10, '2026-11-23 06:01'), (11, '2026-11-23 05:01'), (12, 'infinity')`,
    );
    await rig.seal(rows);
    const tableKeys = { createdAt: { timeZone: 'Europe/Warsaw' } };
    expect(await rig.sync({ tableKeys, batchRows: 1 })).toMatchObject({ rows: 2, unarchived: 1 });
    expect(await rig.archived()).toEqual(['10', '9']);
  });
});

describe('what the column must be', () => {
  const fails = (sql: string, tableKeys: object = {}) =>
    rig.sql.query(sql).then(() => rig.sync({ tableKeys }).catch((error: unknown) => error));

  it('is said with the statement that makes it', async () => {
    expect(await fails('ALTER TABLE files DROP COLUMN archived')).toMatchObject({
      code: 'ERR_TABLE_INVALID',
      remedy: expect.stringContaining(
        'ALTER TABLE "public"."files" ADD COLUMN "archived" boolean NOT NULL DEFAULT false; CREATE INDEX CONCURRENTLY ON "public"."files" ("created_at") WHERE NOT "archived";',
      ) as string,
    });
    const error = await fails('ALTER TABLE files ADD COLUMN archived boolean');
    expect(error).toMatchObject({
      code: 'ERR_TABLE_INVALID',
      detail: expect.stringContaining('NULL') as string,
    });
    await rig.sql.query((error as { remedy: string }).remedy);
    const noIndex = await fails('SELECT');
    expect(noIndex).toMatchObject({ code: 'ERR_PREREQUISITE' });
    await rig.sql.query((noIndex as { remedy: string }).remedy);
    expect(await rig.sync()).toMatchObject({ finished: true });
  });

  it('may have another name', async () => {
    expect(await fails('ALTER TABLE files RENAME COLUMN archived TO "is Done"')).toMatchObject({
      code: 'ERR_TABLE_INVALID',
    });
    await rig.seal(await rig.insert(uids(1)));
    expect(await rig.sync({ tableKeys: { columns: { archived: 'is Done' } } })).toMatchObject({ rows: 1 });
  });
});
