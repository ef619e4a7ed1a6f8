import type { Registry } from 'prom-client';
import { instrumentsOf } from './instruments.ts';
import type { MetricsOptions, Probes } from './metrics-options.ts';
import { Probe } from './probe.ts';

type ProbeMetricsOptions = Pick<MetricsOptions, 'probes' | 'clock' | 'tables'>;

export function observeProbes(registry: Registry, options: ProbeMetricsOptions): void {
  const failures = instrumentsOf(registry).counter('probeFailures', 'probe');
  if (options.probes.readSlot !== null) {
    observeSlot(registry, options, options.probes.readSlot, () => failures.inc({ probe: 'slot' }));
  }
  if (options.probes.readRowLag !== null) {
    observeRowLag(registry, options, options.probes.readRowLag, () => failures.inc({ probe: 'rows' }));
  }
}

function observeSlot(
  registry: Registry,
  { clock }: ProbeMetricsOptions,
  read: NonNullable<Probes['readSlot']>,
  onFailure: () => void,
): void {
  const probe = new Probe({ read, clock, onFailure });
  const { reading } = instrumentsOf(registry);
  reading('slotLag', [], (bytes) => {
    const lagBytes = probe.look()?.lagBytes;
    if (typeof lagBytes === 'number') bytes.set(lagBytes);
    else bytes.reset();
  });
  reading('slotLost', [], (lost) => {
    const slot = probe.look();
    if (slot !== undefined) lost.set(slot.lost ? 1 : 0);
  });
}

function observeRowLag(
  registry: Registry,
  { clock, tables }: ProbeMetricsOptions,
  read: NonNullable<Probes['readRowLag']>,
  onFailure: () => void,
): void {
  const probes = tables.map(({ id }) => ({
    table: id,
    probe: new Probe({ read: () => read(id), clock, onFailure }),
  }));
  const { reading } = instrumentsOf(registry);
  for (const [key, field] of [
    ['rowsOverdue', 'overdue'],
    ['rowsNotYetDue', 'notYetDue'],
  ] as const) {
    reading(key, ['table'], (rows) => {
      rows.reset();
      for (const { table, probe } of probes) {
        const lag = probe.look();
        if (lag !== undefined) rows.set({ table }, lag[field]);
      }
    });
  }
}
