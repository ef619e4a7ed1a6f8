import { spawnSync } from 'node:child_process';
import type { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { Events } from '../../src/base/event-map.ts';
import { micros } from '../../src/model/micros.ts';
import { METRICS } from '../../src/serve/metric-names.ts';
import type { Probes } from '../../src/serve/metrics-options.ts';
import { createMetrics } from '../../src/serve/metrics.ts';
import { unforeseenSeries } from '../support/bounded-series.ts';
import { samplesOf } from '../support/scrape.ts';

const NOW = micros(Date.now() * 1_000);
const TABLES = ['public.files', 'public.mails', 'other.files'];
const PARTITIONS = 4;
const ROWS = 500;

const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
const counts = { notYetDue: 3, gathering: 2, overdue: 1, overdueSince: micros(NOW - 90_000_000), offsets: 9 };

const PROBES: Probes = {
  readSlot: () => Promise.resolve({ lagBytes: 5, secondsLeft: 60, isLost: false }),
  readTransactions: () =>
    Promise.resolve({ heldBackBy: { openSeconds: 3 }, outwaited: { openSeconds: 700 } }),
  readSnapshots: () => Promise.resolve(new Map(TABLES.map((table) => [table, 1_000]))),
  readRowLag: (table) =>
    Promise.resolve({
      ...{ topic: `name.${table}`, overdue: PARTITIONS, notYetDue: 3 * PARTITIONS },
      partitions: partitions.map((partition) => ({ ...counts, partition, progress: {} })),
    }),
};

/** A process to which everything has happened, many times, with many rows and files. */
async function busyProcess(probes = PROBES): Promise<Registry> {
  const events = new Events();
  const tables = TABLES.map((id) => ({ id, sizeMicros: 60_000_000, lagMicros: 300_000_000 }));
  const metrics = createMetrics({ events, tables, clock: { now: () => NOW }, probes });
  events.emit('group:joined', { partitions: PARTITIONS * TABLES.length, generation: 1 });
  events.emit('mark:sent', { time: micros(NOW - 2_000_000), epoch: 1, sequence: 1 });
  for (const table of TABLES) {
    events.emit('snapshot:started', { table, leg: 1 });
    for (let row = 0; row < ROWS; row++)
      tellOfRow(events, { table, partition: row % PARTITIONS }, `uid-${row}`);
  }
  // Readings are taken when somebody looks, and are there for the next look.
  await metrics.metrics();
  await new Promise(setImmediate);
  return metrics;
}

function tellOfRow(events: Events, place: { table: string; partition: number }, uid: string): void {
  const trouble = { code: 'ERR_LEDGER_UNBALANCED' as const, detail: uid, remedy: uid, isFinal: false };
  events.emit('row:rejected', { ...place, reason: 'file_missing', rows: 1 });
  events.emit('partition:failed', { ...place, reason: uid, attempt: 1 });
  events.emit('partition:troubled', { ...place, trouble });
  events.emit('sink:stored', { name: `${uid}.tar.zst` });
  events.emit('sink:failed', { operation: 'write', name: `${uid}.tar.zst`, reason: uid });
  events.emit('sink:held', { operation: 'store', name: `${uid}.tar.zst`, heldMs: 20_000 });
  events.emit('shard:passed-over', { ...place, name: `${uid}.tar.zst`, reason: uid });
  events.emit('snapshot:progressed', { table: place.table, rows: 7, time: NOW });
  events.emit('partition:committed', { ...place, watermark: NOW, openWindows: 1, openRows: 1, lateRows: 1 });
}

describe('the metrics', () => {
  it('are those of the catalogue, no more and no less, with its types and labels', async () => {
    const registered = (await busyProcess()).getMetricsAsArray() as unknown as {
      name: string;
      type: string;
      labelNames?: string[];
    }[];
    const ours = registered.filter(({ name }) => name.startsWith('des_'));
    expect(Object.fromEntries(ours.map(({ name, labelNames }) => [name, labelNames]))).toEqual(
      Object.fromEntries(Object.values(METRICS).map(({ name, labels }) => [name, Object.keys(labels)])),
    );
    const text = await (await busyProcess()).metrics();
    for (const { name, type, help } of Object.values(METRICS)) {
      expect(text).toContain(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`);
      expect(help, name).toMatch(/\.$/);
    }
  });

  it('please `promtool check metrics`', async () => {
    const input = await (await busyProcess()).metrics();
    const promtool = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
    expect(promtool.error, 'promtool is missing: apt-get install prometheus').toBeUndefined();
    expect({ status: promtool.status, said: promtool.stderr }).toEqual({ status: 0, said: '' });
  });

  it('have no more series for more rows, and none that names a row or a file', async () => {
    const text = await (await busyProcess()).metrics();
    const series = samplesOf(text);
    const tables = Object.fromEntries(TABLES.map((table) => [table, PARTITIONS]));
    expect(unforeseenSeries(series.keys(), { name: 'name', tables })).toEqual([]);
    expect(text).not.toContain('uid-');
    const ofLag = [...series.keys()].filter((key) => key.startsWith('des_consumer_lag_records'));
    expect(ofLag).toHaveLength(TABLES.length * PARTITIONS * 3);
  });

  it('show what was read of slot, transactions, snapshots and rows', async () => {
    const series = samplesOf(await (await busyProcess()).metrics());
    const place = 'topic="name.public.files",partition="3"';
    const expected: Record<string, number> = {
      [`des_consumer_lag_records{${place},state="not_yet_due"}`]: 3,
      [`des_consumer_lag_records{${place},state="gathering"}`]: 2,
      [`des_consumer_lag_records{${place},state="overdue"}`]: 1,
      [`des_consumer_lag_offsets{${place}}`]: 9,
      'des_overdue_age_seconds{table="public.files"}': 90,
      'des_rows_overdue{table="public.files"}': PARTITIONS,
      'des_snapshot_rows_estimated{table="public.files"}': 1_000,
      des_slot_lag_bytes: 5,
      des_slot_seconds_left: 60,
      des_slot_lost: 0,
      des_mark_age_seconds: 2,
      des_mark_holdback_seconds: 700,
      des_rebalances_total: 1,
      des_sink_puts_total: ROWS * TABLES.length,
      'des_sink_failures_total{operation="write"}': ROWS * TABLES.length,
      'des_ledger_refused_total{table="public.files"}': ROWS,
    };
    expect(Object.fromEntries(Object.keys(expected).map((key) => [key, series.get(key)]))).toEqual(expected);
  });

  it('say nothing where nothing was read, rather than 0', async () => {
    const gone = () => Promise.reject(new Error('gone'));
    const failing = { readSlot: gone, readTransactions: gone, readSnapshots: gone, readRowLag: gone };
    const series = samplesOf(await (await busyProcess(failing)).metrics());
    const read = /^des_(consumer_lag|overdue|rows_(overdue|not)|slot|mark_holdback|snapshot_rows_estimated)/;
    expect([...series.keys()].filter((key) => read.test(key))).toEqual([]);
    expect(series.get('des_probe_failures_total{probe="rows"}')).toBe(TABLES.length);
  });
});
