import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Clock } from '../base/clock.ts';
import type { Events } from '../base/event-map.ts';
import { observeArchive } from './archive-metrics.ts';
import { observeCapture } from './capture-metrics.ts';
import { observeProbes } from './probe-metrics.ts';
import type { Probes } from './probe-metrics.ts';

/** What the metrics must know of a table. */
export interface MeasuredTable {
  /** `schema.name`. */
  readonly id: string;
  readonly sizeMicros: number;
  readonly lagMicros: number;
}

export interface MetricsOptions {
  readonly events: Events;
  readonly tables: readonly MeasuredTable[];
  readonly clock: Clock;
  /** Readings of Postgres and Kafka that no event brings. */
  readonly probes: Probes;
}

/** A registry that follows the events; nothing in the stages knows of it. */
export function createMetrics(options: MetricsOptions): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  observeCapture(registry, options);
  observeArchive(registry, options);
  observeProbes(registry, options);
  return registry;
}
