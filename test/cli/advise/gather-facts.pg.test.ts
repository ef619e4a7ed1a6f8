import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gatherFacts } from '../../../src/cli/advise/gather-facts.ts';
import { parseConfig } from '../../../src/config/load-config.ts';
import { connectedDatabase, uniqueName } from '../../support/services/fresh.ts';
import type { ConnectedDatabase } from '../../support/services/fresh.ts';

let database: ConnectedDatabase;
let sql: pg.Client;

beforeAll(async () => {
  database = await connectedDatabase();
  sql = database.client;
  await sql.query(`
    CREATE TABLE files (uid bigint PRIMARY KEY, created_at timestamptz, note text, archived boolean NOT NULL DEFAULT false)
      WITH (fillfactor = 40, autovacuum_enabled = false);
    INSERT INTO files SELECT n, '2026-11-01'::timestamptz + n * interval '1 minute', 'note' FROM generate_series(1, 14400) AS n;
    CREATE INDEX ON files (created_at);
    ANALYZE files;`);
});

afterAll(() => database.drop());

function gather(given: { url?: string; table?: object; sampleRows?: number } = {}) {
  const config = parseConfig({
    text: JSON.stringify({
      ...{ postgres: { url: given.url ?? database.url }, kafka: { brokers: ['127.0.0.1:1'] } },
      sink: { url: 'file:///nowhere' },
      tables: [{ name: 'public.files', payload: 'row', ...given.table }],
    }),
    ...{ path: 'test', env: {} },
  });
  return gatherFacts({ config, table: config.tables[0]!, sampleRows: given.sampleRows ?? 50 });
}

describe('the facts of tidemark advise', () => {
  it('come from the statistics, and from a sample that leaves every row as it was', async () => {
    const before = await sql.query(
      'SELECT sum(hashtext(f::text || ctid::text || xmin::text)) FROM files AS f',
    );
    const facts = await gather();
    expect(facts).toMatchObject({
      ...{ table: 'public.files', rows: 14_400, order: 1, unknown: [] },
      ...{ size: { indexes: 2, fillfactor: 40 }, updateTriggers: [], updatePublications: [] },
      column: { name: 'archived', type: 'boolean', indexes: [], dependants: [] },
      // Pages have room and no index asks the column.
      sample: { rows: 50, hotRows: 50, ofColumn: true },
    });
    // A minute apart are 1,440 rows a day.
    expect(facts.growth!.source).toBe('histogram');
    expect(Math.round(facts.growth!.rowsPerDay / 10)).toBe(144);
    expect(facts.sample!.walBytes).toBeGreaterThan(50 * 20);
    const after = await sql.query(
      'SELECT sum(hashtext(f::text || ctid::text || xmin::text)) FROM files AS f',
    );
    expect(after.rows).toEqual(before.rows);
  });

  it('tell that an index of the column makes its UPDATE write to every index', async () => {
    await sql.query('CREATE INDEX left_over ON files (created_at) WHERE NOT archived');
    const { column, sample } = await gather();
    expect(column!.indexes).toEqual(['left_over']);
    expect(sample).toMatchObject({ rows: 50, hotRows: 0 });
    await sql.query('DROP INDEX left_over');
  });

  it('name everything that depends on the column', async () => {
    await sql.query(`
      CREATE VIEW open_files AS SELECT uid FROM files WHERE NOT archived;
      ALTER TABLE files ADD COLUMN state text GENERATED ALWAYS AS (CASE WHEN archived THEN 'cold' ELSE 'hot' END) STORED;
      ALTER TABLE files ADD CONSTRAINT known CHECK (archived IS NOT NULL);
      CREATE POLICY hot_only ON files USING (NOT archived);
      CREATE FUNCTION parsed() RETURNS bigint RETURN (SELECT count(*) FROM files WHERE archived);
      CREATE FUNCTION by_text() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM files WHERE Archived';
      CREATE FUNCTION of_another() RETURNS bigint LANGUAGE sql AS 'SELECT 1 -- archived elsewhere';
      CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
      CREATE TRIGGER on_archived AFTER UPDATE OF archived ON files FOR EACH ROW EXECUTE FUNCTION noted();
      CREATE PUBLICATION filtered FOR TABLE files WHERE (uid > 0);
      CREATE PUBLICATION column_list FOR TABLE files (uid, archived) WITH (publish = 'insert');`);
    // The generated column wrote the table anew: its rows are uncounted, while its statistics stay. Without a
    // count by the cumulative statistics, which come when they come.
    await sql.query('SELECT pg_stat_force_next_flush()');
    await sql.query(`SELECT pg_stat_reset_single_table_counters('files'::regclass)`);
    expect((await gather({ sampleRows: 0 })).unknown).toEqual([
      'how many rows the table has: run ANALYZE',
      'how fast the table grows: its rows have not been counted; run ANALYZE',
      'what an UPDATE costs: no sample was wanted',
    ]);
    await sql.query('ANALYZE files');
    const facts = await gather();
    const dependants = facts.column!.dependants.map(({ kind, name }) => `${kind} ${name}`);
    expect([...new Set(dependants)].sort()).toEqual([
      'constraint known',
      'function by_text()',
      'function parsed()',
      'generated column state',
      'policy hot_only',
      'publication column_list',
      'trigger on_archived',
      'view open_files',
    ]);
    expect(dependants.length).toBe(new Set(dependants).size);
    expect(facts.updatePublications).toEqual(['filtered']);
    // What a trigger does is not sampled.
    expect(facts).toMatchObject({ updateTriggers: ['on_archived'], sample: null });
    expect(facts.unknown).toEqual(['what an UPDATE costs: a sample would fire on_archived']);
  });

  it('say what a role without rights cannot know, and what nobody wanted', async () => {
    const role = uniqueName('advise');
    await sql.query(`CREATE ROLE ${role} LOGIN PASSWORD 'x'`);
    const url = new URL(database.url);
    [url.username, url.password] = [role, 'x'];
    try {
      const facts = await gather({ url: url.href });
      expect(facts).toMatchObject({ rows: 14_400, growth: null, order: null, sample: null });
      expect(facts.unknown.join('\n')).toMatch(
        /how fast the table grows: .*grant SELECT[\s\S]*order of created_at[\s\S]*may not UPDATE the table/,
      );
    } finally {
      await sql.query(`DROP ROLE ${role}`);
    }
    expect((await gather({ sampleRows: 0 })).unknown).toEqual(['what an UPDATE costs: no sample was wanted']);
  });

  it('add up the leaves of a partitioned table without the column, and sample one of them', async () => {
    await sql.query(`
      CREATE TABLE logs (uid bigint, at timestamp NOT NULL, PRIMARY KEY (uid, at)) PARTITION BY RANGE (at);
      CREATE TABLE logs_a PARTITION OF logs FOR VALUES FROM ('2026-11-01') TO ('2026-11-02');
      CREATE TABLE logs_b PARTITION OF logs FOR VALUES FROM ('2026-11-02') TO ('2026-11-03');
      CREATE INDEX ON logs (at);
      INSERT INTO logs SELECT n, '2026-11-01'::timestamp + n * interval '1 minute' FROM generate_series(0, 2879) AS n;
      ANALYZE logs;`);
    const facts = await gather({ table: { name: 'public.logs', columns: { createdAt: 'at' } } });
    expect(facts).toMatchObject({ rows: 2_880, column: null, sample: { rows: 50, ofColumn: false } });
    expect(facts.size.tableBytes).toBeGreaterThan(100_000);
  });

  it('of a table that was never counted are unknown, and a missing table is an error', async () => {
    await sql.query('CREATE TABLE empty (uid bigint PRIMARY KEY, created_at timestamptz)');
    const { rows, growth, unknown } = await gather({ table: { name: 'public.empty' } });
    expect({ rows, growth }).toEqual({ rows: null, growth: null });
    expect(unknown.join('\n')).toMatch(/how many rows[\s\S]*the table has no row/);
    await expect(gather({ table: { name: 'public.nothing' } })).rejects.toMatchObject({
      code: 'ERR_TABLE_INVALID',
    });
  });
});
