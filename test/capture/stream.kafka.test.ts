import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { parseMicros } from '../../src/model/micros.ts';
import { CaptureRig, startCapture } from '../support/capture-rig.ts';
import { expectBalancedMarks } from '../support/mark-audit.ts';
import { services } from '../support/services/services.ts';

let rig: CaptureRig;

afterEach(async () => {
  await rig.close();
});

function uids(): string[] {
  return rig.reader
    .rows()
    .map(({ uid }) => uid)
    .sort();
}

describe('the stream from Postgres to Kafka', () => {
  it('sends each committed row once and nothing of what was rolled back', async () => {
    rig = await CaptureRig.create({ services: await services() });
    const capture = startCapture(rig.setup);
    await rig.insert(['a', 'b']);
    await rig.sql.query(`BEGIN; INSERT INTO files (uid) VALUES ('gone'); ROLLBACK`);
    await rig.sql.query(`
      BEGIN;
      INSERT INTO files (uid) VALUES ('kept');
      SAVEPOINT s; INSERT INTO files (uid) VALUES ('undone'); ROLLBACK TO SAVEPOINT s;
      SAVEPOINT t; INSERT INTO files (uid) VALUES ('released'); RELEASE SAVEPOINT t;
      COMMIT`);
    await rig.readAll();
    await capture.stage.drain();
    expect(uids()).toEqual(['a', 'b', 'kept', 'released']);
  });

  it('serves two tables of one slot, each with marks of its own', async () => {
    rig = await CaptureRig.create({ services: await services(), tables: ['files', 'scans'] });
    const capture = startCapture(rig.setup);
    await rig.insert(['f1', 'f2']);
    await rig.insert(['s1'], 'scans');
    await rig.readAll();
    await capture.stage.drain();
    expect(rig.reader.rows(rig.topic('scans')).map(({ uid }) => uid)).toEqual(['s1']);
    expect(rig.reader.rows(rig.topic('files'))).toHaveLength(2);
    expectBalancedMarks(rig);
  });

  it('puts no row that was stamped with now() behind a mark that covers it, with 12 writers at once', async () => {
    rig = await CaptureRig.create({ services: await services(), marks: { intervalMs: 20 } });
    const capture = startCapture(rig.setup);
    await marksSent(capture, 1);
    const writers = await Promise.all(Array.from({ length: 12 }, () => connect(rig.setup.postgresUrl)));
    await Promise.all(writers.map((client, writer) => write(client, writer)));
    await Promise.all(writers.map((client) => client.end()));
    await rig.readAll();
    await capture.stage.drain();
    expect(rig.reader.rows()).toHaveLength(12 * TRANSACTIONS * 3);
    expect(lateRows()).toEqual([]);
    expectBalancedMarks(rig);
  });

  it('holds marks back for an open transaction and for a prepared one', async () => {
    rig = await CaptureRig.create({ services: await services(), marks: { intervalMs: 20 } });
    const capture = startCapture(rig.setup);
    // Opening a snapshot waits for the transactions that write, so it must be through before one stays open.
    await marksSent(capture, 5);
    const open = await connect(rig.setup.postgresUrl);
    await open.query(`BEGIN; INSERT INTO files (uid) VALUES ('open')`);
    await marksSent(capture, 5);
    const canPrepare = await rig.sql.query<{ max_prepared_transactions: string }>(
      'SHOW max_prepared_transactions',
    );
    const prepares = Number(canPrepare.rows[0]!.max_prepared_transactions) > 0;
    await open.query(prepares ? `PREPARE TRANSACTION '${rig.setup.name}'` : 'SELECT 1');
    await marksSent(capture, 5);
    await rig.insert(['quick']);
    await marksSent(capture, 5);
    await open.query(prepares ? `COMMIT PREPARED '${rig.setup.name}'` : 'COMMIT');
    await open.end();
    await rig.readAll();
    await capture.stage.drain();
    expect(uids()).toEqual(['open', 'quick']);
    expect(lateRows()).toEqual([]);
  });

  it('lets a transaction of 200,000 rows flow through in many Kafka transactions and bounded memory', async () => {
    rig = await CaptureRig.create({ services: await services() });
    let commits = 0;
    let rowsMax = 0;
    const capture = startCapture(rig.setup, (log) => ({
      write: (batch) => {
        commits++;
        rowsMax = Math.max(rowsMax, batch.rows.length);
        return log.write(batch);
      },
    }));
    await marksSent(capture, 1);
    await rig.sql.query(`INSERT INTO files (uid) SELECT 'u' || i FROM generate_series(1, 200000) i`);
    await rig.readAll();
    await capture.stage.drain();
    expect(new Set(uids()).size).toBe(200_000);
    expect(rig.reader.rows()).toHaveLength(200_000);
    expect(commits).toBeGreaterThan(20);
    expect(rowsMax).toBeLessThanOrEqual(10_000);
    expectBalancedMarks(rig);
  });

  it('pauses the socket while Kafka is slow, keeps the slot, and loses nothing', async () => {
    const limits = { batchRowsMax: 500 };
    rig = await CaptureRig.create({ services: await services(), limits });
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const capture = startCapture(rig.setup, (log) => ({
      write: async (batch) => {
        if (batch.rows.length > 0) await held;
        await log.write(batch);
      },
    }));
    await marksSent(capture, 1);
    const paused: number[] = [];
    const isPaused = new Promise<void>((resolve) => {
      capture.events.on('capture:paused', ({ inFlightRows }) => {
        paused.push(inFlightRows);
        resolve();
      });
    });
    await rig.sql.query(`INSERT INTO files (uid) SELECT 'u' || i FROM generate_series(1, 20000) i`);
    await isPaused;
    release();
    await rig.readAll();
    await capture.stage.drain();
    expect(rig.reader.rows()).toHaveLength(20_000);
    // The rest of a chunk that was received already comes on top of the limit.
    expect(Math.max(...paused)).toBeLessThan(5_000);
  });

  it('writes all column types as Debezium does, the same from the snapshot as from the stream', async () => {
    rig = await CaptureRig.create({
      services: await services(),
      ddl: TYPES_TABLE,
      before: TYPES_ROW('snapshot'),
    });
    const capture = startCapture(rig.setup);
    await marksSent(capture, 1);
    await rig.sql.query(TYPES_ROW('stream'));
    await rig.readAll();
    await capture.stage.drain();
    const lines = rig.reader.rows().map(({ uid, line }) => [uid, Buffer.from(line).toString()] as const);
    const byUid = new Map(lines);
    expect(byUid.get('stream')).toBe(byUid.get('snapshot')!.replace('"snapshot"', '"stream"'));
    expect(byUid.get('stream')).toBe(TYPES_JSON);
  });
});

const TRANSACTIONS = 25;

/** Short and long transactions, whose rows all bear the time at which they began. */
async function write(client: pg.Client, writer: number): Promise<void> {
  for (let i = 0; i < TRANSACTIONS; i++) {
    await client.query('BEGIN');
    for (let row = 0; row < 3; row++) {
      await client.query('INSERT INTO files (uid) VALUES ($1)', [`w${writer}-${i}-${row}`]);
      if (writer % 3 === 0) await client.query('SELECT pg_sleep(0.02)');
    }
    await client.query('COMMIT');
  }
}

/** Rows that stand behind a mark with T at or above their created_at. */
function lateRows(): string[] {
  const late: string[] = [];
  const last = new Map<string, number>();
  for (const { topic, partition, entry } of rig.reader.entries) {
    const place = `${topic}/${partition}`;
    if (entry.kind === 'mark') last.set(place, entry.mark.time);
    if (entry.kind === 'row' && entry.createdAt <= (last.get(place) ?? -Infinity)) late.push(entry.uid);
  }
  return late;
}

/** Marks of the stream: once there is one, the snapshot is through. */
function marksSent(capture: ReturnType<typeof startCapture>, count: number): Promise<void> {
  let seen = 0;
  return new Promise((resolve) => {
    const off = capture.events.on('mark:sent', () => {
      if (++seen < count) return;
      off();
      resolve();
    });
  });
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  return client;
}

const TYPES_TABLE = `CREATE TABLE files (
  uid text PRIMARY KEY, created_at timestamptz, local timestamp, day date, yes boolean, tiny smallint, big bigint,
  real4 real, real8 double precision, nan double precision, amount numeric, id uuid, doc jsonb, raw bytea,
  many text[], span interval, empty text, nothing text, odd text)`;

const TYPES_ROW = (uid: string) => `INSERT INTO files VALUES (
  '${uid}', '2026-11-23 07:37:17.5+02', '2026-11-23 05:37:17.000001', '2026-11-23', true, -7, 9223372036854775807,
  1.5, 0.1, 'NaN', 1234567890.123456789, '00000000-0000-0000-0000-00000000000a', '{"a": [1, "x"]}', '\\x00ff',
  ARRAY['a,b', NULL], '1 day 02:00:00', '', NULL, E'q"\\\\\\n\\t😀')`;

const TYPES_JSON = JSON.stringify({
  uid: 'stream',
  created_at: '2026-11-23T05:37:17.500000Z',
  local: parseMicros('2026-11-23T05:37:17.000001Z'),
  day: '2026-11-23',
  yes: true,
  tiny: -7,
  big: 'BIG',
  real4: 1.5,
  real8: 0.1,
  nan: 'NaN',
  amount: '1234567890.123456789',
  id: '00000000-0000-0000-0000-00000000000a',
  doc: '{"a": [1, "x"]}',
  raw: '\\x00ff',
  many: '{"a,b",NULL}',
  span: '1 day 02:00:00',
  empty: '',
  nothing: null,
  odd: 'q"\\\n\t😀',
}).replace('"BIG"', '9223372036854775807');
