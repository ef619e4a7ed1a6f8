import type { Registry } from 'prom-client';
import { MICROS_PER_SECOND } from '../model/micros.ts';
import { instrumentsOf } from './instruments.ts';
import type { MetricsOptions } from './metrics-options.ts';

export function observeSync(registry: Registry, { events }: Pick<MetricsOptions, 'events'>): void {
  const { counter, gauge } = instrumentsOf(registry);
  const set = counter('syncRows');
  const unarchived = counter('syncUnarchived');
  const position = gauge('syncPosition');
  events.on('archived:synced', ({ table, rows, unarchived: left, time }) => {
    set.inc({ table }, rows);
    unarchived.inc({ table }, left);
    position.set({ table }, time / MICROS_PER_SECOND);
  });
}
