import { afterEach, describe, expect, it } from 'vitest';
import { Events } from '../../src/base/event-map.ts';
import { lsn } from '../../src/model/lsn.ts';
import { micros, parseMicros } from '../../src/model/micros.ts';
import type { Micros } from '../../src/model/micros.ts';
import { Health } from '../../src/serve/health.ts';
import { startHttpServer } from '../../src/serve/http-server.ts';
import type { HttpServer } from '../../src/serve/http-server.ts';
import { METRICS } from '../../src/serve/metric-names.ts';
import { NO_PROBES } from '../../src/serve/metrics-options.ts';
import { createMetrics } from '../../src/serve/metrics.ts';
import { Probe } from '../../src/serve/probe.ts';

const NOW = parseMicros('2026-11-23T06:00:30Z')!;
const MINUTE = 60_000_000;
const place = { table: 'public.files', partition: 0 };

let server: HttpServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function serve(events: Events): Promise<(path: string) => Promise<{ status: number; text: string }>> {
  const health = new Health({ parts: ['capture', 'archive'], events });
  const metrics = createMetrics({
    events,
    tables: [{ id: place.table, sizeMicros: MINUTE, lagMicros: 5 * MINUTE }],
    clock: { now: () => NOW },
    probes: NO_PROBES,
  });
  server = await startHttpServer({ host: '127.0.0.1', port: 0, metrics, health });
  const { url } = server;
  return async (path) => {
    const response = await fetch(`${url}${path}`);
    return { status: response.status, text: await response.text() };
  };
}

function committed(watermark: Micros) {
  return { ...place, watermark, openWindows: 2, openRows: 30, lateRows: 1 };
}

describe('/metrics', () => {
  it('keeps the names that dashboards know', () => {
    expect(
      Object.values(METRICS)
        .slice(0, 10)
        .map(({ name }) => name),
    ).toEqual([
      'des_migration_files_total',
      'des_migration_bytes_total',
      'des_migration_shards_total',
      'des_migration_files_failed_total',
      'des_migration_cycles_total',
      'des_migration_duration_seconds',
      'des_migration_pending_files',
      'des_db_operations_total',
      'des_watermark_lag_seconds',
      'des_watermark_window_size_seconds',
    ]);
    expect(Object.values(METRICS).every(({ name }) => name.startsWith('des_'))).toBe(true);
  });

  it('follows the events', async () => {
    const events = new Events();
    const get = await serve(events);
    const failing = { table: place.table, shard: 's', reason: 'EACCES', uid: 'a', attempt: 1 };
    const shard = {
      name: 's',
      part: 1,
      bytes: 10,
      sha256: '',
      rows: 5,
      files: 4,
      sourceBytes: 4_000,
      minCreatedAt: NOW,
      maxCreatedAt: NOW,
    };
    events.emit('window:sealed', {
      ...place,
      window: { start: NOW, end: NOW },
      kind: 'window',
      ledger: { received: 7, archived: 5, duplicates: 1, rejected: 1 },
      shards: [shard],
      durationMs: 250,
    });
    events.emit('row:rejected', { ...place, reason: 'file_missing', rows: 1 });
    events.emit('partition:failed', { ...place, reason: 'disk full', attempt: 1 });
    events.emit('partition:committed', committed(parseMicros('2026-11-23T05:53:00Z')!));
    events.emit('database:operated', { operation: 'update', count: 1 });
    events.emit('archived:synced', { table: place.table, rows: 6, unarchived: 2, time: NOW });
    const tally = {
      ...{ removedFiles: 3, removedBytes: 30, missingFiles: 1 },
      kept: { file_changed: 2 },
    };
    const cleanedUp = { ...place, shard: 's', tally, announcedAt: NOW, durationMs: 5 };
    const trouble = { code: null, detail: 'd', remedy: 'r', isFinal: true };
    events.emit('cleanup:cleaned', cleanedUp);
    events.emit('cleanup:failed', { ...failing, files: 4 });
    events.emit('cleanup:troubled', { ...place, trouble, attempt: 1 });
    events.emit('cleanup:stopped', { table: place.table, trouble });
    const { text } = await get('/metrics');
    for (const line of [
      'des_cleanup_shards_total{table="public.files"} 1',
      'des_cleanup_files_total{table="public.files",outcome="removed"} 3',
      'des_cleanup_files_total{table="public.files",outcome="missing"} 1',
      'des_cleanup_files_total{table="public.files",outcome="file_changed"} 2',
      'des_cleanup_bytes_total{table="public.files"} 30',
      'des_cleanup_failing_files{table="public.files"} 4',
      'des_cleanup_troubles_total{table="public.files"} 1',
      'des_cleanup_stopped{table="public.files"} 1',
      `des_cleanup_position_seconds{table="public.files"} ${NOW / 1_000_000}`,
      'des_sync_archived_rows_total{table="public.files"} 6',
      'des_sync_archived_unarchived_total{table="public.files"} 2',
      'des_migration_files_total{table="public.files"} 4',
      'des_migration_bytes_total{table="public.files"} 4000',
      'des_migration_shards_total{table="public.files"} 1',
      'des_migration_files_failed_total{table="public.files",reason="file_missing"} 1',
      'des_migration_cycles_total{status="success"} 1',
      'des_migration_cycles_total{status="failed"} 1',
      'des_migration_duration_seconds_sum{table="public.files"} 0.25',
      'des_migration_pending_files{table="public.files",partition="0"} 30',
      'des_db_operations_total{operation="update"} 1',
      // Due is floor(06:00:30 − 5 min) = 05:55.
      'des_watermark_lag_seconds{table="public.files"} 120',
      'des_watermark_window_size_seconds{table="public.files"} 60',
      'des_rows_late_total{table="public.files"} 1',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
  });

  it('has a name that ends with _total for counters only, as `promtool check metrics` wants it', async () => {
    const get = await serve(new Events());
    const types = [...(await get('/metrics')).text.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
    expect(types.length).toBeGreaterThan(Object.keys(METRICS).length - 4);
    const wrong = types.filter(([, name, type]) => (type === 'counter') !== name!.endsWith('_total'));
    expect(wrong.map(([line]) => line)).toEqual([]);
  });

  it('forgets the partitions that another process owns now', async () => {
    const events = new Events();
    const get = await serve(events);
    events.emit('partition:committed', committed(NOW));
    events.emit('group:joined', { partitions: 0, generation: 2 });
    const { text } = await get('/metrics');
    expect(text).not.toContain('des_watermark_seconds{');
    expect(text).not.toContain('des_migration_pending_files{');
  });
});

describe('/readyz', () => {
  it('is 503 until capture streams and the archive has joined its group, and again while capture reconnects', async () => {
    const events = new Events();
    const get = await serve(events);
    expect(await get('/readyz')).toEqual({
      status: 503,
      text: '{"ok":false,"parts":{"capture":"waiting","archive":"waiting"}}',
    });
    events.emit('group:joined', { partitions: 4, generation: 1 });
    events.emit('capture:started', { slot: 's', lsn: lsn(1n), epoch: 1 });
    expect((await get('/readyz')).status).toBe(200);
    events.emit('capture:reconnecting', { attempt: 1, delayMs: 1, reason: 'gone' });
    expect((await get('/readyz')).status).toBe(503);
  });
});

describe('/healthz', () => {
  it('is 200 while the parts run and 503 when one has ended', async () => {
    const events = new Events();
    const health = new Health({ parts: ['capture'], events });
    expect(health.alive().ok).toBe(true);
    health.noteEnded('capture');
    expect(health.alive()).toEqual({ ok: false, parts: { capture: 'ended' } });
    const get = await serve(events);
    expect((await get('/healthz')).status).toBe(200);
  });
});

describe('the server', () => {
  it('says how to go on when its port is taken', async () => {
    await serve(new Events());
    const port = Number(new URL(server!.url).port);
    const events = new Events();
    const metrics = createMetrics({ events, tables: [], clock: { now: () => NOW }, probes: NO_PROBES });
    const health = new Health({ parts: [], events });
    await expect(startHttpServer({ host: '127.0.0.1', port, metrics, health })).rejects.toMatchObject({
      code: 'ERR_PREREQUISITE',
      remedy: expect.stringContaining('--port') as string,
    });
  });
});

describe('a probe', () => {
  it('never makes the page wait, and reads again only when its reading is old', async () => {
    let [now, reads] = [NOW, 0];
    const probe = new Probe({
      read: () => Promise.resolve(++reads),
      clock: { now: () => now },
      onFailure: () => undefined,
    });
    expect(probe.look()).toBeUndefined();
    await probe.settled();
    expect(probe.look()).toBe(1);
    now = micros(now + 31_000_000);
    expect(probe.look()).toBe(1);
    await probe.settled();
    expect(probe.look()).toBe(2);
  });

  it('shows nothing after a reading that failed, and says that it failed', async () => {
    const failures: unknown[] = [];
    const read = () => Promise.reject(new Error('gone'));
    const probe = new Probe({ read, clock: { now: () => NOW }, onFailure: (error) => failures.push(error) });
    probe.look();
    await probe.settled();
    expect(probe.look()).toBeUndefined();
    expect(failures).toHaveLength(1);
  });
});
