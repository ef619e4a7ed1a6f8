import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readArchivedRows } from '../support/archive-contents.ts';
import type { EventFollower } from '../support/event-follower.ts';
import { Installation } from '../support/installation.ts';

const LATE_ROWS_MAX = 10;

let installation: Installation;
let follower: EventFollower;
let running: ReturnType<Installation['start']>;
const inserted: string[] = [];

/**
 * A server's clock cannot be set by a test. But names are looked up along `search_path`: a `clock_timestamp` of our
 * own that comes before the built-in one is what the marks are taken from, and rows are stamped with it too.
 */
const CLOCK = `
  CREATE SCHEMA skewed;
  CREATE TABLE skewed.skew (by interval NOT NULL);
  INSERT INTO skewed.skew VALUES ('0');
  CREATE FUNCTION skewed.clock_timestamp() RETURNS timestamptz LANGUAGE sql
    AS 'SELECT pg_catalog.clock_timestamp() + by FROM skewed.skew';
  DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET search_path = skewed, pg_catalog, public', current_database());
  END $$;
  CREATE TABLE public.files (uid text PRIMARY KEY, created_at timestamptz DEFAULT skewed.clock_timestamp(),
    file_location text, size_bytes bigint);
  SET search_path = skewed, pg_catalog, public;`;

beforeAll(async () => {
  installation = await Installation.create({
    payload: 'row',
    partitions: 1,
    ddl: CLOCK,
    table: { window: { size: '1s', lateRowsMax: LATE_ROWS_MAX } },
  });
  await installation.succeed(['init', '--from', 'now']);
  follower = await installation.follow();
  running = installation.start(['run', '--log-level', 'debug']);
  await follower.untilWatermark(await skewedTime());
});

afterAll(async () => {
  await follower.close();
  await installation.drop();
});

async function skewedTime(): Promise<string> {
  const { rows } = await installation.database.query<{ t: string }>(
    `SELECT to_char(skewed.clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS t`,
  );
  return rows[0]!.t;
}

async function skewBy(interval: string): Promise<void> {
  await installation.database.query('UPDATE skewed.skew SET by = $1', [interval]);
}

async function insert(prefix: string, count: number): Promise<void> {
  const uids = Array.from({ length: count }, (_, i) => `${prefix}-${i}`);
  await installation.database.query('INSERT INTO public.files (uid) SELECT unnest($1::text[])', [uids]);
  inserted.push(...uids);
}

/** Watermarks that the events told, in their order. */
function watermarks(): string[] {
  return follower.events.map(({ data }) => String(data['watermark'])).filter((text) => text !== 'undefined');
}

describe("a server's clock", () => {
  it('that is an hour ahead does not stall the gate, which has a clock of its own', async () => {
    await insert('before', 10);
    await skewBy('1 hour');
    await insert('ahead', 10);
    await follower.untilWatermark(await skewedTime());
  });

  it('that jumps back an hour takes no mark and no watermark back, and its rows come as supplements', async () => {
    const reached = watermarks().at(-1)!;
    await skewBy('0');
    await insert('back', LATE_ROWS_MAX);
    await follower.until((events) => events.some(({ data }) => data['kind'] === 'late'));
    expect(watermarks().at(-1)! >= reached).toBe(true);
    await skewBy('-1 hour');
    await insert('behind', LATE_ROWS_MAX);
    await follower.until((events) => events.filter(({ data }) => data['kind'] === 'late').length > 2);
  });

  it('costs no row and doubles none, whatever it did', async () => {
    await skewBy('1 hour 1 minute');
    await follower.untilWatermark(await skewedTime());
    running.kill('SIGTERM');
    expect(await once(running, 'exit'), installation.logOf(running)).toEqual([0, null]);
    const archived = await readArchivedRows(installation.sinkFolder);
    expect(archived.map(({ uid }) => uid).sort()).toEqual([...inserted].sort());
    expect(watermarks()).toEqual([...watermarks()].sort());
  });
});
