import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { METRICS } from '../../src/serve/metric-names.ts';
import { LogLines } from '../cli/log-lines.ts';
import { unforeseenSeries } from '../support/bounded-series.ts';
import { Installation } from '../support/installation.ts';
import { scrape, servedUrl } from '../support/scrape.ts';

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** With a second table that has partitions of its own number when the test says so. */
async function install(moreTables: readonly Record<string, unknown>[] = []): Promise<Installation> {
  const installation = await Installation.create({ moreTables });
  cleanups.push(() => installation.drop());
  for (const { name } of moreTables)
    await installation.database.query(`CREATE TABLE ${String(name)} (LIKE files INCLUDING ALL)`);
  await installation.succeed(['init', '--from', 'now']);
  return installation;
}

describe('a running tidemark', () => {
  it('serves every metric that dashboards know, with what it has archived', async () => {
    const installation = await install([{ name: 'public.mails', payload: 'row', partitions: 3 }]);
    const running = installation.start(['run', '--log-level', 'debug']);
    const log = new LogLines(running);
    const url = await servedUrl(log);
    // Rows from before the stream would be the snapshot's.
    await log.untilMarked('');
    const follower = await installation.follow();
    cleanups.push(() => follower.close());
    const uids = await installation.insertFiles(20);
    await installation.database.query(
      `INSERT INTO files (uid, file_location) VALUES ('missing', '${installation.sourceFolder}/nowhere')`,
    );
    await follower.untilWatermark(await installation.serverTime());
    const statuses = await Promise.all(
      ['healthz', 'readyz'].map(async (path) => (await fetch(`${url}/${path}`)).status),
    );
    expect(statuses).toEqual([200, 200]);

    const text = await (await fetch(`${url}/metrics`)).text();
    for (const { name } of Object.values(METRICS)) expect(text).toContain(`# TYPE ${name} `);
    const samples = await scrape(url);
    const table = 'table="public.files"';
    const shards = follower.ofType('tidemark.shard.created.v1');
    const bytes = shards.map(({ data }) => (data['shard'] as { sourceBytes: number }).sourceBytes);
    const expected: Record<string, number> = {
      [`des_migration_files_total{${table}}`]: uids.length,
      [`des_migration_bytes_total{${table}}`]: bytes.reduce((sum, next) => sum + next),
      [`des_migration_shards_total{${table}}`]: shards.length,
      [`des_migration_files_failed_total{${table},reason="file_missing"}`]: 1,
      des_capture_rows_total: uids.length + 1,
      [`des_rows_archived_total{${table}}`]: uids.length,
      [`des_watermark_window_size_seconds{${table}}`]: 1,
      des_partitions_assigned: 5,
    };
    expect(Object.fromEntries(Object.keys(expected).map((key) => [key, samples.get(key)]))).toEqual(expected);
    const tables = { 'public.files': 2, 'public.mails': 3 };
    expect(unforeseenSeries(samples.keys(), { name: installation.name, tables })).toEqual([]);
    expect(text).not.toContain(uids[0]);
    for (const key of [
      'des_sink_puts_total',
      'des_rebalances_total',
      'des_migration_cycles_total{status="success"}',
      `des_migration_duration_seconds_count{${table}}`,
      'des_db_operations_total{operation="update"}',
      `des_watermark_seconds{${table}}`,
    ]) {
      expect(samples.get(key), key).toBeGreaterThan(0);
    }
    for (const key of [
      `des_migration_pending_files{${table},partition="0"}`,
      `des_watermark_lag_seconds{${table}}`,
    ]) {
      expect(samples.get(key), key).toBeGreaterThanOrEqual(0);
    }
  });

  it('is healthy but not ready while it stands by, and ready once it has taken over', async () => {
    const installation = await install();
    const first = installation.start(['capture']);
    const firstLog = new LogLines(first);
    await firstLog.until(({ msg }) => msg === 'capture started');
    const second = installation.start(['capture']);
    const secondLog = new LogLines(second);
    const url = await servedUrl(secondLog);
    await secondLog.until(({ msg }) => msg === 'standing by, the slot is read by another process');
    const answer = await fetch(`${url}/readyz`);
    expect({ status: answer.status, body: await answer.json() }).toEqual({
      status: 503,
      body: { ok: false, parts: { capture: 'waiting' } },
    });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    first.kill('SIGTERM');
    await once(first, 'exit');
    await secondLog.until(({ msg }) => msg === 'capture started');
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });
});

/** When the event was committed; not among what {@link EventFollower} names. */
function timeOf(event: object): string {
  return (event as { time: string }).time;
}

describe('a second SIGTERM', () => {
  it('stops at once while the drain waits for a row that somebody has locked, with status 1', async () => {
    const installation = await install();
    const running = installation.start(['run']);
    const log = new LogLines(running);
    await log.until(({ msg }) => msg === 'watermark moved');
    // A session of this name holds no mark back, so the watermark goes on while the row cannot follow.
    await installation.database.query("SET application_name = 'pg_dump'");
    await installation.database.query('BEGIN');
    await installation.database.query('SELECT * FROM des_archive_config FOR UPDATE');
    const follower = await installation.follow();
    cleanups.push(() => follower.close());
    const time = await installation.serverTime();
    await follower.until((events) => events.some((event) => timeOf(event) > time));
    running.kill('SIGTERM');
    await log.until(({ msg }) => msg === 'draining, a second signal stops at once');
    running.kill('SIGTERM');
    expect(await once(running, 'exit'), installation.logOf(running)).toEqual([1, null]);
    await installation.database.query('ROLLBACK');
  });
});
