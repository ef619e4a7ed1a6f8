import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EventMap, EventName } from '../../src/base/event-map.ts';
import { ReplicationStream } from '../../src/capture/replication-stream.ts';
import { CaptureRig, startCapture } from '../support/capture-rig.ts';
import type { StartedCapture } from '../support/capture-rig.ts';
import { expectBalancedMarks } from '../support/mark-audit.ts';
import { services } from '../support/services/services.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import type { ProxiedConnection } from '../support/tcp-proxy.ts';

let rig: CaptureRig;
let proxy: TcpProxy;
let capture: StartedCapture;
let slot: string;
let publication: string;

beforeAll(async () => {
  rig = await CaptureRig.create({ services: await services() });
  ({ slot, publication } = rig.setup);
  proxy = await TcpProxy.start(rig.setup.postgresUrl);
});

afterAll(async () => {
  await proxy.close();
  await rig.close();
});

beforeEach(async () => {
  capture = start();
  await next('mark:sent');
});

afterEach(async () => {
  await capture.stage.drain().catch(() => undefined);
  expectBalancedMarks(rig, { mayBeginAnew: true });
});

function start(): StartedCapture {
  return startCapture({ ...rig.setup, postgresUrl: proxy.urlOf(rig.setup.postgresUrl) });
}

/**
 * Runs statements, each in a transaction of its own, so that no look at the publication falls among them. A connection that
 * computed the time of a mark before may still be closing beside the one that emits them.
 */
async function betweenMarks(...statements: readonly string[]): Promise<void> {
  const held = await new Promise<ProxiedConnection[]>((resolve) => {
    const off = capture.events.on('mark:emitted', () => {
      off();
      const connections = proxy.findAll('tidemark-capture marks\0');
      for (const connection of connections) connection.hold();
      resolve(connections);
    });
  });
  for (const statement of statements) await rig.sql.query(statement);
  for (const connection of held) connection.release();
}

function next<N extends EventName>(name: N): Promise<EventMap[N]> {
  return new Promise((resolve) => {
    const off = capture.events.on(name, (event) => {
      off();
      resolve(event);
    });
  });
}

/** Starts the next capture and waits until it streams. */
async function startAgain(): Promise<EventMap['capture:gap'][]> {
  capture = start();
  const gaps: EventMap['capture:gap'][] = [];
  capture.events.on('capture:gap', (gap) => gaps.push(gap));
  await next('mark:sent');
  return gaps;
}

/** Uids in the log that begin so, in order, as often as they are there. */
async function captured(prefix: string): Promise<string[]> {
  await rig.readAll();
  return seen(prefix);
}

function seen(prefix: string): string[] {
  const uids = rig.reader.rows().map(({ uid }) => uid);
  return uids.filter((uid) => uid.startsWith(prefix)).sort();
}

async function capturedOnceAtLeast(prefix: string): Promise<string[]> {
  return [...new Set(await captured(prefix))];
}

const DROP_SLOT = `SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE slot_name = $1 AND active_pid IS NOT NULL`;

async function makeSlotAnew(): Promise<void> {
  await rig.sql.query('SELECT pg_drop_replication_slot($1)', [slot]);
  await rig.sql.query(`SELECT pg_create_logical_replication_slot($1, 'pgoutput')`, [slot]);
}

describe('a slot', () => {
  it('that is dropped under a running capture ends it with what to do, and then nothing is missing', async () => {
    await rig.insert(['slot-a']);
    await captured('slot-');
    const ended = expect(capture.ended).rejects.toMatchObject({
      code: 'ERR_SLOT_LOST',
      remedy: expect.stringMatching(/tidemark init.*tidemark reconcile/) as string,
    });
    await rig.sql.query(DROP_SLOT, [slot]);
    await rig.sql.query('SELECT pg_drop_replication_slot($1)', [slot]);
    await rig.insert(['slot-b']);
    await ended;
    await rig.sql.query(`SELECT pg_create_logical_replication_slot($1, 'pgoutput')`, [slot]);
    expect(await startAgain()).toMatchObject([{ table: 'public.files', cause: 'slot' }]);
    await rig.insert(['slot-c']);
    expect(await capturedOnceAtLeast('slot-')).toEqual(['slot-a', 'slot-b', 'slot-c']);
  });

  it('that somebody else has read on is noticed, and the table is read again', async () => {
    await capture.stage.drain();
    await rig.insert(['read-a', 'read-b']);
    await rig.sql.query(
      `SELECT count(*) FROM pg_logical_slot_get_binary_changes($1, NULL, NULL, 'proto_version', '1', 'publication_names', $2)`,
      [slot, publication],
    );
    expect(await startAgain()).toMatchObject([{ table: 'public.files', cause: 'slot' }]);
    expect(await capturedOnceAtLeast('read-')).toEqual(['read-a', 'read-b']);
  });

  it('that somebody else reads is waited for, naming the process, and then taken', async () => {
    await capture.stage.drain();
    const other = await ReplicationStream.open({
      ...{ url: rig.setup.postgresUrl, slot, publication, silenceMaxMs: 30_000 },
      onChange: () => undefined,
    });
    const pid = await rig.sql.query<{ active_pid: number }>(
      'SELECT active_pid FROM pg_replication_slots WHERE slot_name = $1',
      [slot],
    );
    capture = start();
    expect(await next('capture:waiting')).toEqual({ slot, activePid: pid.rows[0]!.active_pid });
    await rig.insert(['taken-a']);
    await other.close();
    await next('capture:started');
    expect(await captured('taken-')).toEqual(['taken-a']);
  });
});

describe('a publication', () => {
  it('that is dropped ends capture, which has captured everything before, and then nothing is missing', async () => {
    const uids = Array.from({ length: 500 }, (_, i) => `pub-${String(i).padStart(4, '0')}`);
    await rig.insert(uids);
    await rig.sql.query(`DROP PUBLICATION ${publication}`);
    await rig.insert(['pub-unseen']);
    await expect(capture.ended).rejects.toMatchObject({
      code: 'ERR_PUBLICATION_INVALID',
      detail: expect.stringMatching(/does not exist; everything up to [0-9A-F/]+ is captured/) as string,
      remedy: expect.stringContaining('tidemark init') as string,
    });
    await rig.reader.until(() => seen('pub-').length >= 500);
    expect(seen('pub-')).toEqual(uids);
    await rig.sql.query(`CREATE PUBLICATION ${publication} FOR TABLE files WITH (publish = 'insert')`);
    expect(await startAgain()).toMatchObject([{ table: 'public.files', cause: 'publication' }]);
    expect(await capturedOnceAtLeast('pub-')).toEqual([...uids, 'pub-unseen']);
  });

  it.each([
    [
      'dropped and made again',
      (name: string) => `DROP PUBLICATION ${name}`,
      (name: string) => `CREATE PUBLICATION ${name} FOR TABLE files WITH (publish = 'insert')`,
    ],
    [
      'altered and altered back',
      (name: string) => `ALTER PUBLICATION ${name} SET (publish = '')`,
      (name: string) => `ALTER PUBLICATION ${name} SET (publish = 'insert')`,
    ],
    [
      'without the table for a moment',
      (name: string) => `ALTER PUBLICATION ${name} DROP TABLE files`,
      (name: string) => `ALTER PUBLICATION ${name} ADD TABLE files`,
    ],
  ])('that is %s between two marks is noticed, and rows that passed it by are read', async (how, off, on) => {
    const prefix = how.slice(0, 7);
    const gap = next('capture:gap');
    await betweenMarks(off(publication), `INSERT INTO files (uid) VALUES ('${prefix}')`, on(publication));
    expect(await gap).toMatchObject({ table: 'public.files', cause: 'publication' });
    await rig.reader.until(() => seen(prefix).length > 0);
    await next('mark:sent');
    expect(await capturedOnceAtLeast(prefix)).toEqual([prefix]);
  });
});

describe('a table', () => {
  it('that gets a column sends it from then on', async () => {
    await rig.insert(['column-a']);
    await rig.sql.query(`ALTER TABLE files ADD COLUMN note text DEFAULT 'none'`);
    await rig.insert(['column-b']);
    expect(await captured('column-')).toEqual(['column-a', 'column-b']);
    const lines = rig.reader.rows().map(({ line }) => Buffer.from(line).toString());
    const find = (uid: string) => JSON.parse(lines.find((line) => line.includes(uid))!) as object;
    expect(find('column-a')).not.toHaveProperty('note');
    expect(find('column-b')).toHaveProperty('note', 'none');
  });

  it('whose created_at loses its zone streams on', async () => {
    await rig.insert(['zone-a']);
    await rig.sql.query(
      `ALTER TABLE files ALTER created_at TYPE timestamp USING created_at AT TIME ZONE 'UTC', ALTER created_at SET DEFAULT now() AT TIME ZONE 'UTC'`,
    );
    await rig.insert(['zone-b']);
    await rig.sql.query(
      `ALTER TABLE files ALTER created_at TYPE timestamptz USING created_at AT TIME ZONE 'UTC', ALTER created_at SET DEFAULT now()`,
    );
    await rig.insert(['zone-c']);
    expect(await captured('zone-')).toEqual(['zone-a', 'zone-b', 'zone-c']);
    const times = ['zone-a', 'zone-b', 'zone-c'].map(
      (uid) => rig.reader.rows().find((row) => row.uid === uid)!.createdAt,
    );
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times[2]! - times[0]!).toBeLessThan(60_000_000);
  });

  it('whose created_at is no time any more ends capture, which has captured everything before', async () => {
    await rig.insert(['type-a']);
    await rig.sql.query(`ALTER TABLE files ALTER created_at TYPE date`);
    await rig.insert(['type-b']);
    await expect(capture.ended).rejects.toMatchObject({
      code: 'ERR_TABLE_INVALID',
      detail: expect.stringMatching(
        /public\.files\.created_at has a type that cannot be archived.*; everything up to [0-9A-F/]+ is captured/,
      ) as string,
      remedy: expect.stringMatching(/type back.*drop it and run `tidemark init`/) as string,
    });
    await rig.reader.until(() => seen('type-').length > 0);
    expect(seen('type-')).toEqual(['type-a']);
    await rig.sql.query(`ALTER TABLE files ALTER created_at TYPE timestamptz`);
    await makeSlotAnew();
    await startAgain();
    expect(await capturedOnceAtLeast('type-')).toEqual(['type-a', 'type-b']);
  });

  it('that is renamed and renamed back between two marks has missed nothing', async () => {
    await betweenMarks(
      'ALTER TABLE files RENAME TO other',
      `INSERT INTO other (uid) VALUES ('name-a')`,
      'ALTER TABLE other RENAME TO files',
    );
    expect(await captured('name-')).toEqual(['name-a']);
  });

  it('that is renamed ends capture with its name, and is captured whole when it has it again', async () => {
    await rig.insert(['renamed-a']);
    await rig.sql.query('ALTER TABLE files RENAME TO other');
    await rig.sql.query(`INSERT INTO other (uid) VALUES ('renamed-b')`);
    await expect(capture.ended).rejects.toMatchObject({
      code: 'ERR_TABLE_INVALID',
      detail: expect.stringMatching(/public\.files does not exist: it was dropped or renamed/) as string,
    });
    await rig.sql.query('ALTER TABLE other RENAME TO files');
    expect(await startAgain()).toEqual([]);
    expect(await captured('renamed-')).toEqual(['renamed-a', 'renamed-b']);
  });

  it('that is dropped ends capture, which has captured every row that it had', async () => {
    const uids = Array.from({ length: 1_000 }, (_, i) => `drop-${String(i).padStart(4, '0')}`);
    await rig.insert(uids);
    await rig.sql.query('DROP TABLE files');
    await expect(capture.ended).rejects.toMatchObject({
      code: 'ERR_TABLE_INVALID',
      detail: expect.stringMatching(/dropped or renamed; everything up to [0-9A-F/]+ is captured/) as string,
    });
    await rig.reader.until(() => seen('drop-').length >= 1_000);
    expect(seen('drop-')).toEqual(uids);
  });
});
