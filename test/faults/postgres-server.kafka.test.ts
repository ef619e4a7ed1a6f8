import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { EventMap, EventName } from '../../src/base/event-map.ts';
import { TransactionalWriter } from '../../src/log/transactional-writer.ts';
import { lsn } from '../../src/model/lsn.ts';
import { readArchivedRows } from '../support/archive-contents.ts';
import { CaptureRig, startCapture } from '../support/capture-rig.ts';
import type { StartedCapture } from '../support/capture-rig.ts';
import { Installation } from '../support/installation.ts';
import { expectBalancedMarks } from '../support/mark-audit.ts';
import { startLocalPostgres } from '../support/services/local-postgres.ts';
import type { LocalPostgres } from '../support/services/local-postgres.ts';
import { services } from '../support/services/services.ts';

let server: LocalPostgres;
const cleanups: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  server = await startLocalPostgres({ settings: { max_slot_wal_keep_size: '16MB' } });
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

afterAll(() => server.stop());

async function createRig(): Promise<CaptureRig> {
  const { kafkaBrokers } = await services();
  const rig = await CaptureRig.create({ services: { postgresUrl: server.url, kafkaBrokers } });
  cleanups.push(() => rig.close());
  return rig;
}

function next<N extends EventName>(capture: StartedCapture, name: N): Promise<EventMap[N]> {
  return new Promise((resolve) => {
    const off = capture.events.on(name, (event) => {
      off();
      resolve(event);
    });
  });
}

/** Inserts a row at a time until the server is gone; which of the last ones it kept, it alone knows. */
async function insertUntilGone(insert: (uid: string) => Promise<unknown>): Promise<void> {
  for (let i = 0; ; i++) {
    try {
      await insert(`before-${String(i).padStart(5, '0')}`);
    } catch {
      return;
    }
  }
}

describe('a Postgres server', () => {
  it.each([
    ['shut down cleanly', 'halt'],
    ['killed, and has to recover', 'kill'],
  ] as const)('that is %s costs no row and doubles none', async (_name, how) => {
    const rig = await createRig();
    const capture = startCapture(rig.setup);
    cleanups.push(() => capture.stage.drain());
    await next(capture, 'mark:sent');
    const inserting = insertUntilGone((uid) => rig.insert([uid]));
    await next(capture, 'mark:sent');
    const reconnects = next(capture, 'capture:reconnecting');
    await server[how]();
    await inserting;
    await reconnects;
    await server.restart();
    await rig.reconnect();
    await rig.insert(['zafter']);
    await rig.readAll();
    const table = await rig.sql.query<{ uid: string }>('SELECT uid FROM files ORDER BY uid COLLATE "C"');
    expect(table.rows.length).toBeGreaterThan(1);
    const found = rig.reader.rows().map(({ uid }) => uid);
    expect(found.sort()).toEqual(table.rows.map(({ uid }) => uid));
    expectBalancedMarks(rig);
  });

  it('that is killed under the whole machine leaves an exact archive, and archived_until follows', async () => {
    const installation = await Installation.create({ payload: 'row', postgresUrl: server.url });
    cleanups.push(() => installation.drop());
    await installation.succeed(['init']);
    const running = installation.start(['run']);
    const follower = await installation.follow();
    cleanups.push(() => follower.close());
    await installation.insertFiles(20);
    await follower.untilWatermark(await installation.serverTime());
    const inserting = insertUntilGone((uid) => installation.insertFiles(1, { prefix: uid }));
    await follower.untilWatermark(await installation.serverTime());
    await server.kill();
    await inserting;
    await server.restart();
    await installation.reconnect();
    await installation.insertFiles(20);
    const until = await installation.serverTime();
    await follower.untilWatermark(until);
    running.kill('SIGTERM');
    expect(await once(running, 'exit'), installation.logOf(running)).toEqual([0, null]);
    const table = await installation.database.query<{ uid: string }>('SELECT uid FROM files');
    const archived = await readArchivedRows(installation.sinkFolder);
    expect(archived.map(({ uid }) => uid).sort()).toEqual(table.rows.map(({ uid }) => uid).sort());
    const archivedUntil = `${(await installation.archivedUntil()).replace(' ', 'T')}Z`;
    expect(archivedUntil >= until.slice(0, 19)).toBe(true);
  });

  it('that gives up the slot (max_slot_wal_keep_size) ends capture with what to do, and then nothing is missing', async () => {
    const rig = await createRig();
    const first = startCapture(rig.setup);
    await rig.insert(['a']);
    await rig.readAll();
    await first.stage.drain();
    await rig.insert(['b']);
    for (let segment = 0; segment < 3; segment++) {
      await rig.sql.query(`SELECT pg_logical_emit_message(false, 'filler', 'x'), pg_switch_wal()`);
    }
    await rig.sql.query('CHECKPOINT');
    await expect(startCapture(rig.setup).ended).rejects.toMatchObject({
      code: 'ERR_SLOT_LOST',
      detail: expect.stringMatching(/invalidated by the server \(wal_removed\); it had confirmed/) as string,
      remedy: expect.stringMatching(/pg_drop_replication_slot.*tidemark init.*reconcile/) as string,
    });
    await rig.sql.query('SELECT pg_drop_replication_slot($1)', [rig.setup.slot]);
    await rig.sql.query(`SELECT pg_create_logical_replication_slot($1, 'pgoutput')`, [rig.setup.slot]);
    const second = startCapture(rig.setup);
    expect(await next(second, 'capture:gap')).toMatchObject({ cause: 'slot' });
    await rig.insert(['c']);
    await rig.readAll();
    await second.stage.drain();
    const found = rig.reader.rows().map(({ uid }) => uid);
    expect([...new Set(found)].sort()).toEqual(['a', 'b', 'c']);
  });

  it('whose WAL is behind what was captured already, as after a restored backup, is refused', async () => {
    const rig = await createRig();
    const first = startCapture(rig.setup);
    await rig.insert(['a']);
    await rig.readAll();
    await first.stage.drain();
    const log = new TransactionalWriter({ kafka: rig.kafka, name: rig.setup.name, tables: ['public.files'] });
    const position = (await log.open())!;
    // As if this server were the backup and not the one that was captured.
    const ahead = lsn(position.lsn + (1n << 32n));
    await log.write({ rows: [], mark: null, position: { ...position, lsn: ahead } });
    await log.close();
    const capture = startCapture(rig.setup);
    await expect(capture.ended).rejects.toMatchObject({ code: 'ERR_WAL_REWOUND' });
  });
});
