import type { Registry } from 'prom-client';
import { MICROS_PER_SECOND } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';
import { floorToWindow } from '../model/window.ts';
import { instrumentsOf } from './instruments.ts';
import type { MetricsOptions } from './metrics-options.ts';
import { ProcessWatermarks } from './process-watermarks.ts';

type ArchiveMetricsOptions = Pick<MetricsOptions, 'events' | 'clock' | 'tables'>;

export function observeArchive(registry: Registry, options: ArchiveMetricsOptions): void {
  observeSeals(registry, options);
  observeRows(registry, options);
  observePartitions(registry, options);
  observeWatermarks(registry, options);
}

function observeSeals(registry: Registry, { events }: ArchiveMetricsOptions): void {
  const { counter, histogram } = instrumentsOf(registry);
  const [files, bytes, shards] = [counter('files'), counter('bytes'), counter('shards')];
  const cycles = counter('cycles');
  const duration = histogram('duration');
  const sealed = counter('windowsSealed');
  const archived = counter('rowsArchived');
  const duplicates = counter('rowsDuplicate');
  events.on('window:sealed', ({ table, kind, ledger, shards: made, durationMs }) => {
    for (const shard of made) {
      files.inc({ table }, shard.files);
      bytes.inc({ table }, shard.sourceBytes);
    }
    shards.inc({ table }, made.length);
    cycles.inc({ status: 'success' });
    duration.observe({ table }, durationMs / 1_000);
    sealed.inc({ table, kind });
    archived.inc({ table }, ledger.archived);
    duplicates.inc({ table }, ledger.duplicates);
  });
  events.on('cycle:failed', () => cycles.inc({ status: 'failed' }));
  const failures = counter('partitionFailures');
  events.on('partition:failed', ({ table }) => {
    cycles.inc({ status: 'failed' });
    failures.inc({ table });
  });
  const refused = counter('ledgerRefused');
  events.on('partition:troubled', ({ table, trouble }) => {
    if (trouble.code === 'ERR_LEDGER_UNBALANCED') refused.inc({ table });
  });
}

function observeRows(registry: Registry, { events }: ArchiveMetricsOptions): void {
  const { counter } = instrumentsOf(registry);
  const received = counter('rowsReceived');
  events.on('rows:received', ({ table, rows }) => received.inc({ table }, rows));
  const surplus = counter('rowsSurplus');
  events.on('rows:surplus', ({ table, rows }) => surplus.inc({ table }, rows));
  const failed = counter('filesFailed');
  events.on('row:rejected', ({ table, reason, rows }) => failed.inc({ table, reason }, rows));
  const late = counter('rowsLate');
  events.on('partition:committed', ({ table, lateRows }) => late.inc({ table }, lateRows));
}

function observePartitions(registry: Registry, { events }: ArchiveMetricsOptions): void {
  const { counter, gauge } = instrumentsOf(registry);
  const pending = gauge('pending');
  const open = gauge('windowsOpen');
  events.on('partition:committed', ({ table, partition, openRows, openWindows }) => {
    pending.set({ table, partition }, openRows);
    open.set({ table, partition }, openWindows);
  });
  events.on('cycle:progressed', ({ table, pendingRows }) => pending.set({ table }, pendingRows));
  events.on('cycle:finished', ({ table }) => pending.set({ table }, 0));
  const [assigned, rebalances] = [gauge('partitionsAssigned'), counter('rebalances')];
  events.on('group:joined', ({ partitions }) => {
    assigned.set(partitions);
    rebalances.inc();
    // What another process owns now would stand here for ever.
    pending.reset();
    open.reset();
  });
}

function observeWatermarks(registry: Registry, { events, clock, tables }: ArchiveMetricsOptions): void {
  const { gauge, reading } = instrumentsOf(registry);
  const watermarks = new ProcessWatermarks(events);
  const size = gauge('windowSize');
  for (const { id, sizeMicros } of tables) size.set({ table: id }, sizeMicros / MICROS_PER_SECOND);
  reading('watermark', (seconds) => {
    seconds.reset();
    for (const { id } of tables) {
      const watermark = watermarks.of(id);
      if (watermark !== undefined) seconds.set({ table: id }, watermark / MICROS_PER_SECOND);
    }
  });
  // A cycle may go by the lag of the table's row.
  const lags = new Map(tables.map(({ id, lagMicros }) => [id, lagMicros]));
  events.on('cycle:started', ({ table, lagMicros }) => lags.set(table, lagMicros));
  reading('watermarkLag', (lag) => {
    lag.reset();
    for (const { id, sizeMicros } of tables) {
      const watermark = watermarks.of(id);
      if (watermark === undefined) continue;
      const cutoff = floorToWindow((clock.now() - lags.get(id)!) as Micros, sizeMicros);
      lag.set({ table: id }, Math.max(0, cutoff - watermark) / MICROS_PER_SECOND);
    }
  });
}
