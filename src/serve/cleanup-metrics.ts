import type { Registry } from 'prom-client';
import { MICROS_PER_SECOND } from '../model/micros.ts';
import { instrumentsOf } from './instruments.ts';
import type { MetricsOptions } from './metrics-options.ts';

export function observeCleanup(registry: Registry, { events }: Pick<MetricsOptions, 'events'>): void {
  const { counter, gauge } = instrumentsOf(registry);
  const [shards, troubles] = [counter('cleanupShards'), counter('cleanupTroubles')];
  const files = counter('cleanupFiles');
  const bytes = counter('cleanupBytes');
  const [failing, stopped] = [gauge('cleanupFailing'), gauge('cleanupStopped')];
  const position = gauge('cleanupPosition');
  events.on('cleanup:cleaned', ({ table, tally, announcedAt }) => {
    shards.inc({ table });
    files.inc({ table, outcome: 'removed' }, tally.removedFiles);
    files.inc({ table, outcome: 'missing' }, tally.missingFiles);
    for (const [outcome, count] of Object.entries(tally.kept)) files.inc({ table, outcome }, count);
    bytes.inc({ table }, tally.removedBytes);
    position.set({ table }, announcedAt / MICROS_PER_SECOND);
    failing.set({ table }, 0);
  });
  events.on('cleanup:failed', ({ table, files: count }) => failing.set({ table }, count));
  events.on('cleanup:troubled', ({ table }) => troubles.inc({ table }));
  events.on('cleanup:stopped', ({ table }) => stopped.set({ table }, 1));
}
