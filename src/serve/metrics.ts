import { collectDefaultMetrics, Registry } from 'prom-client';
import { observeArchive } from './archive-metrics.ts';
import { observeCapture } from './capture-metrics.ts';
import { observeProbes } from './probe-metrics.ts';
import type { MetricsOptions } from './metrics-options.ts';

/** A registry that follows the events; nothing in the stages knows of it. */
export function createMetrics(options: MetricsOptions): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  observeCapture(registry, options);
  observeArchive(registry, options);
  observeProbes(registry, options);
  return registry;
}
