import type { Registry } from 'prom-client';
import type { Events } from '../base/event-map.ts';
import { instrumentsOf } from './instruments.ts';
import type { MetricsOptions } from './metrics-options.ts';

export function observeSink(registry: Registry, { events }: Pick<MetricsOptions, 'events'>): void {
  const { counter } = instrumentsOf(registry);
  const [puts, failures] = [counter('sinkPuts'), counter('sinkFailures')];
  events.on('sink:stored', () => puts.inc());
  events.on('sink:failed', ({ operation }) => failures.inc({ operation }));
  const passedOver = counter('shardsPassedOver');
  events.on('shard:passed-over', ({ table }) => passedOver.inc({ table }));
  const [stored, failed] = [counter('uidFilters'), counter('uidFilterFailures')];
  events.on('filter:stored', ({ table }) => stored.inc({ table }));
  events.on('filter:failed', ({ table }) => failed.inc({ table }));
  observeHolds(registry, events);
}

/** A call that is held is told of again and again, and once when it is over. */
function observeHolds(registry: Registry, events: Events): void {
  const gauge = instrumentsOf(registry).gauge('sinkHeld');
  const held = new Set<string>();
  const callOf = ({ operation, name }: { operation: string; name: string }) => `${operation} ${name}`;
  gauge.set(0);
  events.on('sink:held', (event) => gauge.set(held.add(callOf(event)).size));
  events.on('sink:answered', (event) => {
    held.delete(callOf(event));
    gauge.set(held.size);
  });
}
