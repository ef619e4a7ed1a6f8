import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDueRows } from '../../src/capture/due-rows.ts';
import { parseMicros } from '../../src/model/micros.ts';
import { connectedDatabase } from '../support/services/fresh.ts';
import type { ConnectedDatabase } from '../support/services/fresh.ts';

const ROWS = 20_000;
const PAGE_ROWS = 500;

let database: ConnectedDatabase;
let sql: pg.Client;

beforeAll(async () => {
  database = await connectedDatabase();
  sql = database.client;
  // Never analyzed, as a table that was just filled: the planner knows nothing of it.
  await sql.query(`
    CREATE TABLE files (uid text PRIMARY KEY, created_at timestamptz NOT NULL, note text) WITH (autovacuum_enabled = false);
    CREATE INDEX ON files (created_at);
    INSERT INTO files SELECT 'u' || n, '2026-01-01'::timestamptz + n * interval '1 second', repeat('x', 50)
      FROM generate_series(1, ${ROWS}) AS n`);
});

afterAll(() => database.drop());

describe('the due rows of a table', () => {
  it('cost what the index costs, page by page, whatever the statistics say', async () => {
    const pages = readDueRows({
      ...{ url: database.url, silenceMaxMs: 60_000, publication: 'none' },
      table: {
        ...{ schema: 'public', name: 'files', createdAtZone: 'UTC' },
        columns: { uid: 'uid', createdAt: 'created_at', fileLocation: null, sizeBytes: null },
      },
      ...{ start: parseMicros('2026-01-01T00:00:00Z')!, end: parseMicros('2026-01-02T00:00:00Z')! },
      ...{ pageRows: PAGE_ROWS, pageBytes: null },
    });
    let rows = 0;
    for await (const page of pages) rows += [...page].length;
    expect(rows).toBe(ROWS);
    // A session gives out its counters when it ends.
    const readRows = async () => {
      const counted = await sql.query<{ n: number }>(
        `SELECT (seq_tup_read + idx_tup_fetch)::float8 AS n FROM pg_stat_user_tables WHERE relname = 'files'`,
      );
      return counted.rows[0]!.n;
    };
    await expect.poll(readRows).toBeGreaterThanOrEqual(ROWS);
    expect(await readRows()).toBeLessThan(1.2 * ROWS);
  });
});
