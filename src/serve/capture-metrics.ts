import type { Registry } from 'prom-client';
import { MICROS_PER_SECOND } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';
import { instrumentsOf } from './instruments.ts';
import type { MetricsOptions } from './metrics-options.ts';

type CaptureMetricsOptions = Pick<MetricsOptions, 'events' | 'clock'>;

export function observeCapture(registry: Registry, { events, clock }: CaptureMetricsOptions): void {
  const { counter, gauge, histogram, reading } = instrumentsOf(registry);
  const rows = counter('captureRows');
  const bytes = counter('captureBytes');
  const commit = histogram('captureCommit');
  events.on('capture:committed', (event) => {
    rows.inc(event.rows);
    bytes.inc(event.bytes);
    commit.observe(event.durationMs / 1_000);
  });
  const snapshot = gauge('snapshotRows');
  events.on('snapshot:progressed', ({ table, rows: read }) => snapshot.set({ table }, read));
  const pauses = counter('capturePauses');
  events.on('capture:paused', () => pauses.inc());
  const reconnects = counter('captureReconnects');
  events.on('capture:reconnecting', () => reconnects.inc());
  let lastMark: Micros | undefined;
  events.on('mark:sent', ({ time }) => {
    lastMark = time;
  });
  reading('markAge', (age) => {
    age.remove();
    if (lastMark !== undefined) age.set((clock.now() - lastMark) / MICROS_PER_SECOND);
  });
  const warnings = counter('kafkaWarnings');
  events.on('kafka:warned', () => warnings.inc());
  const operations = counter('databaseOperations');
  events.on('database:operated', ({ operation, count }) => operations.inc({ operation }, count));
}
