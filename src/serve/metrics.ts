import { collectDefaultMetrics, Registry } from 'prom-client';
import { observeArchive } from './archive-metrics.ts';
import { observeCapture } from './capture-metrics.ts';
import { observeHttp } from './http-metrics.ts';
import { observeCleanup } from './cleanup-metrics.ts';
import { observeProbes } from './probe-metrics.ts';
import { observeSink } from './sink-metrics.ts';
import { observeSync } from './sync-metrics.ts';
import type { MetricsOptions } from './metrics-options.ts';

/** Gauges that end as only counters may; the same stands in `nodejs_active_handles` and its like, by type. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** A registry that follows the events; nothing in the stages knows of it. */
export function createMetrics(options: MetricsOptions): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  observeCapture(registry, options);
  observeArchive(registry, options);
  observeSync(registry, options);
  observeHttp(registry, options);
  observeCleanup(registry, options);
  observeSink(registry, options);
  observeProbes(registry, options);
  return registry;
}
