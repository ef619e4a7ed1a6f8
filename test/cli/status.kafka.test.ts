import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import type { StatusReport, TableReport } from '../../src/cli/status/status-report.ts';
import { Installation } from '../support/installation.ts';
import { scrape, servedUrl } from '../support/scrape.ts';
import { LogLines } from './log-lines.ts';

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function install(options: Parameters<typeof Installation.create>[0]): Promise<Installation> {
  const installation = await Installation.create(options);
  cleanups.push(() => installation.drop());
  await installation.succeed(['init', '--from', 'now']);
  return installation;
}

type Child = ReturnType<Installation['start']>;

/** Starts a command that tells of its marks. */
function start(installation: Installation, command: string): { child: Child; log: LogLines } {
  const child = installation.start([command, '--log-level', 'debug']);
  return { child, log: new LogLines(child) };
}

async function stop(child: Child, installation: Installation): Promise<void> {
  child.kill('SIGTERM');
  expect(await once(child, 'exit'), installation.logOf(child)).toEqual([0, null]);
}

async function readStatus(installation: Installation): Promise<StatusReport & { table: TableReport }> {
  const report = JSON.parse(await installation.succeed(['status', '--json'])) as StatusReport;
  return { ...report, table: report.tables[0]! };
}

/** No row comes and none becomes due meanwhile. */
async function expectSameMetrics(
  url: string,
  stand: { readonly installation: Installation; readonly status: Awaited<ReturnType<typeof readStatus>> },
): Promise<void> {
  const { installation, status } = stand;
  const topic = `topic="${installation.name}.public.files"`;
  const needed = [
    `des_consumer_lag_records{${topic},partition="0",state="overdue"}`,
    'des_slot_lost',
    HOLDBACK,
  ];
  let samples = await scrape(url);
  // The first look finds no reading and has it taken.
  while (!needed.every((key) => samples.has(key))) samples = await scrape(url);
  for (const { partition, rows } of status.table.partitions) {
    const place = `${topic},partition="${partition}"`;
    const of = (state: string) => samples.get(`des_consumer_lag_records{${place},state="${state}"}`);
    expect([of('not_yet_due'), of('gathering'), of('overdue')]).toEqual([
      ...[rows!.notYetDue, rows!.gathering, rows!.overdue],
    ]);
    // Nothing is committed before the first window is due.
    expect([samples.get(`des_consumer_lag_offsets{${place}}`), rows!.kafkaLag]).toEqual([undefined, null]);
  }
  expect(samples.get('des_overdue_age_seconds{table="public.files"}')).toBe(0);
  expect(samples.get('des_rows_not_yet_due{table="public.files"}')).toBe(status.table.rows!.notYetDue);
  expect(samples.get('des_slot_lost')).toBe(0);
  // Both grow while the transaction is open.
  expect(samples.get(HOLDBACK)).toBeGreaterThanOrEqual(status.marks!.heldBackBy!.openSeconds);
  expect(samples.get('des_mark_age_seconds')).toBeGreaterThanOrEqual(status.marks!.ageSeconds);
}

const HOLDBACK = 'des_mark_holdback_seconds';

function afterSeconds(time: string, seconds: number): string {
  return new Date(Date.parse(time) + seconds * 1_000).toISOString().replace('Z', '000Z');
}

describe('tidemark status --json', () => {
  it('counts rows that wait in Kafka as not yet due, and knows who reads the slot', async () => {
    const installation = await install({ lag: '1h', lateness: '1s' });
    const { child, log } = start(installation, 'run');
    await installation.insertFiles(25);
    await log.untilMarked(await installation.serverTime());
    const { slot, table, problems } = await readStatus(installation);
    expect(problems).toEqual([]);
    expect(table.rows).toEqual({
      ...{ sent: 25, sealed: 0, notYetDue: 25, gathering: 0 },
      ...{ overdue: 0, oldestOverdueSeconds: null },
    });
    expect(table.behindSeconds).toBe(0);
    expect(table.windowsAfterWatermark).toBeGreaterThan(0);
    expect(slot).toMatchObject({ name: installation.name, state: 'active' });
    expect(slot!.activePid).toBeGreaterThan(0);
    expect(slot!.lagBytes).toBeGreaterThanOrEqual(0);

    await installation.database.query('BEGIN');
    const { rows: open } = await installation.database.query<{ pid: number; xid: string }>(
      'SELECT pg_backend_pid() AS pid, txid_current()::text AS xid',
    );
    const held = await readStatus(installation);
    expect(held.marks).toMatchObject({ heldBackBy: open[0], outwaited: null });
    expect(held.marks!.ageSeconds).toBeGreaterThan(0);
    expect(held.table.partitions).toHaveLength(2);
    await expectSameMetrics(await servedUrl(log), { installation, status: held });
    expect(await installation.succeed(['status'])).toMatch(/\n {2}total +25 +0 +0 +none yet .*\n/);
    await installation.database.query('ROLLBACK');
    await stop(child, installation);
  });

  it('counts rows of windows that are still open as being gathered', async () => {
    const installation = await install({ lag: '1h', lateness: '1h' });
    const { child, log } = start(installation, 'run');
    await installation.insertFiles(25);
    const inserted = await installation.serverTime();
    await log.untilMarked(afterSeconds(inserted, 1));
    const { table } = await readStatus(installation);
    expect(table.rows).toEqual({
      ...{ sent: 25, sealed: 0, notYetDue: 0, gathering: 25 },
      ...{ overdue: 0, oldestOverdueSeconds: null },
    });
    await stop(child, installation);
  });

  it('counts rows as overdue while nobody archives, and as sealed when somebody did', async () => {
    const installation = await install({});
    const capture = start(installation, 'capture');
    await installation.insertFiles(25);
    await installation.database.query(
      `INSERT INTO files (uid, file_location) VALUES ('missing', '${installation.sourceFolder}/nowhere')`,
    );
    const inserted = await installation.serverTime();
    // Lag and window are a second each: from then on the window of the rows is due.
    await capture.log.untilMarked(afterSeconds(inserted, 3));
    const before = await readStatus(installation);
    const { oldestOverdueSeconds, ...counts } = before.table.rows!;
    expect(counts).toEqual({ sent: 26, sealed: 0, notYetDue: 0, gathering: 0, overdue: 26 });
    // Window and lag have passed for the row, and no more than has passed since it was inserted.
    expect(oldestOverdueSeconds).toBeGreaterThan(0);
    expect(oldestOverdueSeconds).toBeLessThan((Date.parse(before.at) - Date.parse(inserted)) / 1_000);
    expect(before.table.behindSeconds).toBeGreaterThan(0);
    expect(before.table.lastSeals).toEqual([]);

    const follower = await installation.follow();
    cleanups.push(() => follower.close());
    const archive = start(installation, 'archive');
    await follower.untilWatermark(inserted);
    const { table } = await readStatus(installation);
    expect(table.rows).toEqual({
      ...{ sent: 26, sealed: 26, notYetDue: 0, gathering: 0 },
      ...{ overdue: 0, oldestOverdueSeconds: null },
    });
    expect(table.watermark! >= inserted).toBe(true);
    expect(table.partitions.map(({ rowsSealed }) => rowsSealed!).reduce((a, b) => a + b)).toBe(26);
    expect(table.lastSeals.map(({ archived }) => archived).reduce((a, b) => a + b)).toBe(25);
    expect(table.lastRejects).toMatchObject([{ uid: 'missing', reason: 'file_missing' }]);
    await stop(archive.child, installation);
    await stop(capture.child, installation);
    expect((await readStatus(installation)).slot).toMatchObject({ state: 'idle', activePid: null });
  });

  it('shows nothing overdue on a table that is busy and archived in time', async () => {
    const installation = await install({ payload: 'row', lag: '3s', lateness: '1s' });
    const { child, log } = start(installation, 'run');
    const writing = new AbortController();
    const writer = (async () => {
      while (!writing.signal.aborted) {
        await installation.database.query(
          `INSERT INTO files (uid, file_location) SELECT gen_random_uuid(), '' FROM generate_series(1, 20)`,
        );
        // No faster than capture can follow: on a busy machine it would fall behind by more than "not yet due".
        await log.untilMarked(await installation.serverTime());
      }
    })();
    await log.until(({ msg }) => msg === 'watermark moved');
    const { table } = await readStatus(installation);
    writing.abort();
    await writer;
    const { sent, sealed, notYetDue, gathering, overdue } = table.rows!;
    expect(notYetDue).toBeGreaterThan(0);
    expect(sent - sealed).toBe(notYetDue + gathering + overdue);
    // A window that became due a moment ago may be under way.
    if (table.behindSeconds === 0) expect(overdue).toBe(0);
    await stop(child, installation);
  });

  it('says how far a snapshot has come, and how many rows it will have', async () => {
    const rows = 20_000;
    const installation = await Installation.create({ payload: 'row', lag: '1h' });
    cleanups.push(() => installation.drop());
    await installation.database.query(
      `INSERT INTO files (uid, file_location, created_at)
       SELECT i::text, '', now() - interval '1 hour' + i * interval '1 ms' FROM generate_series(1, ${rows}) i`,
    );
    await installation.database.query('ANALYZE files');
    await installation.succeed(['init']);
    const doomed = installation.start(['capture'], { TIDEMARK_FAILPOINTS: 'snapshot:page-sent=kill@4' });
    expect(await once(doomed, 'exit')).toEqual([null, 'SIGKILL']);
    const { table } = await readStatus(installation);
    expect(table.snapshot!.rows).toBeGreaterThan(0);
    expect(table.snapshot!.rows).toBeLessThan(rows);
    expect(Math.abs(table.snapshot!.estimatedRows! - rows)).toBeLessThan(rows / 10);
    expect(await installation.succeed(['status'])).toMatch(/snapshot .*of about/);

    const { child, log } = start(installation, 'capture');
    await log.untilMarked(await installation.serverTime());
    const after = await readStatus(installation);
    expect(after.table).toMatchObject({ snapshot: null, rows: { sent: rows } });
    await stop(child, installation);
  });
});
