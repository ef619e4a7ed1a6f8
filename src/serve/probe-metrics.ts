import type { Registry } from 'prom-client';
import type { Events } from '../base/event-map.ts';
import { observeRowLag } from './lag-metrics.ts';
import { instrumentsOf } from './instruments.ts';
import type { MetricsOptions, Probes } from './metrics-options.ts';
import { Probe } from './probe.ts';

type ProbeMetricsOptions = Pick<MetricsOptions, 'probes' | 'clock' | 'tables' | 'events'>;

/** A metric is there whether its reading is taken here or not; it has values only where it is. */
export function observeProbes(registry: Registry, options: ProbeMetricsOptions): void {
  const { probes, clock, events } = options;
  const failures = instrumentsOf(registry).counter('probeFailures');
  const probeOf = <T>(probe: string, read: () => Promise<T>): Probe<T> =>
    new Probe({ read, clock, onFailure: () => failures.inc({ probe }) });
  observeSlot(registry, probes.readSlot && probeOf('slot', probes.readSlot));
  observeTransactions(registry, probes.readTransactions && probeOf('transactions', probes.readTransactions));
  observeSnapshots(registry, probes.readSnapshots && probeOf('snapshots', probes.readSnapshots), events);
  const { readRowLag } = probes;
  const lags = options.tables.map(({ id }) => ({
    table: id,
    probe: readRowLag && probeOf('rows', () => readRowLag(id)),
  }));
  observeRowLag(registry, { lags, clock });
}

type Reading<K extends keyof Probes> = Awaited<ReturnType<NonNullable<Probes[K]>>>;

function observeSlot(registry: Registry, probe: Probe<Reading<'readSlot'>> | null): void {
  const { reading } = instrumentsOf(registry);
  reading('slotLag', (bytes) => {
    const lagBytes = probe?.look()?.lagBytes;
    bytes.remove();
    if (typeof lagBytes === 'number') bytes.set(lagBytes);
  });
  reading('slotSecondsLeft', (seconds) => {
    const secondsLeft = probe?.look()?.secondsLeft;
    seconds.remove();
    if (typeof secondsLeft === 'number') seconds.set(secondsLeft);
  });
  reading('slotLost', (lost) => {
    const slot = probe?.look();
    lost.remove();
    if (slot !== undefined) lost.set(slot.isLost ? 1 : 0);
  });
}

function observeTransactions(registry: Registry, probe: Probe<Reading<'readTransactions'>> | null): void {
  instrumentsOf(registry).reading('markHoldback', (seconds) => {
    const open = probe?.look();
    seconds.remove();
    if (open !== undefined)
      seconds.set(Math.max(open.heldBackBy?.openSeconds ?? 0, open.outwaited?.openSeconds ?? 0));
  });
}

/** Kafka and Postgres are asked only while this process reads a snapshot. */
function observeSnapshots(
  registry: Registry,
  probe: Probe<Reading<'readSnapshots'>> | null,
  events: Events,
): void {
  const running = new Set<string>();
  events.on('snapshot:started', ({ table }) => running.add(table));
  events.on('snapshot:finished', ({ table }) => running.delete(table));
  instrumentsOf(registry).reading('snapshotRowsEstimated', (rows) => {
    rows.reset();
    if (running.size === 0) return;
    for (const [table, estimated] of probe?.look() ?? []) {
      if (running.has(table)) rows.set({ table }, estimated);
    }
  });
}
