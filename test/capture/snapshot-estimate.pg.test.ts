import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type pg from 'pg';
import { connectPostgres } from '../../src/capture/postgres-session.ts';
import { estimateSnapshotRows } from '../../src/capture/snapshot-estimate.ts';
import type { SnapshotState } from '../../src/model/capture-position.ts';
import { micros, parseMicros } from '../../src/model/micros.ts';
import { connectedDatabase, uniqueName } from '../support/services/fresh.ts';
import type { ConnectedDatabase } from '../support/services/fresh.ts';

const ROWS = 3_000;
const BEGIN = parseMicros('2026-11-01T00:00:00Z')!;
const COLUMNS = {
  uid: 'uid',
  createdAt: 'created_at',
  fileLocation: 'file_location',
  sizeBytes: 'size_bytes',
};
const FILES = { schema: 'public', name: 'files', columns: COLUMNS, createdAtZone: null };

let [database, client]: [ConnectedDatabase, pg.Client] = [] as never;

/** A row a minute. */
beforeAll(async () => {
  database = await connectedDatabase();
  await database.client.query(`
    CREATE TABLE files (uid text PRIMARY KEY, created_at timestamptz, file_location text, size_bytes bigint);
    INSERT INTO files SELECT i::text, '2026-11-01T00:00:00Z'::timestamptz + i * interval '1 minute', '', 0
      FROM generate_series(1, ${ROWS}) i;
    ANALYZE files;
    CREATE PUBLICATION tidemark FOR TABLE files`);
  client = await connectPostgres({ url: database.url, purpose: 'test' });
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

/** After so many rows; those of the first `archived` were archived before. */
function stateAfter(rows: number, { archived = 0 } = {}): SnapshotState {
  const timeOf = (row: number) => micros(BEGIN + row * 60_000_000);
  return {
    ...{ done: false, floor: null, cap: timeOf(ROWS), legs: [], rows, published: null },
    lowerBound: archived === 0 ? null : timeOf(archived),
    key: rows === 0 ? null : { createdAt: timeOf(archived + rows), uid: String(archived + rows) },
  };
}

function estimate(state: SnapshotState): Promise<number | null> {
  return estimateSnapshotRows(client, { table: FILES, publication: 'tidemark', state });
}

describe('the rows that a snapshot will have read', () => {
  it.each([
    ['at its beginning', stateAfter(0), ROWS],
    ['above what is archived', stateAfter(0, { archived: 2_000 }), 1_000],
    ['half-way', stateAfter(1_500), ROWS],
    ['half-way above what is archived', stateAfter(500, { archived: 2_000 }), 1_000],
    ['at its end', stateAfter(ROWS), ROWS],
  ])('%s are those that the statistics expect, within a twentieth', async (_when, state, rows) => {
    const estimated = await estimate(state);
    expect(Math.abs(estimated! - rows)).toBeLessThanOrEqual(rows / 20);
  });

  it('are those that it has when only rows without a place in time are left', async () => {
    expect(await estimate({ ...stateAfter(ROWS), key: { createdAt: null, uid: 'x' } })).toBe(ROWS);
  });

  it('are not told to a role that may not read the table', async () => {
    const role = uniqueName('reader');
    await database.client.query(`CREATE ROLE ${role}`);
    await client.query(`SET ROLE ${role}`);
    expect(await estimate(stateAfter(0))).toBeNull();
    await client.query('RESET ROLE');
    await database.client.query(`DROP ROLE ${role}`);
  });
});
