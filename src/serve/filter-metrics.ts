import type { Registry } from 'prom-client';
import { instrumentsOf } from './instruments.ts';
import type { MetricsOptions } from './metrics-options.ts';

export function observeFilters(registry: Registry, { events }: Pick<MetricsOptions, 'events'>): void {
  const { counter } = instrumentsOf(registry);
  const [stored, failed] = [counter('uidFilters', 'table'), counter('uidFilterFailures', 'table')];
  events.on('filter:stored', ({ table }) => stored.inc({ table }));
  events.on('filter:failed', ({ table }) => failed.inc({ table }));
}
