import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import { METRICS } from './metric-names.ts';
import type { MetricKey } from './metric-names.ts';

/** Seals take from milliseconds to many minutes. */
const DURATION_BUCKETS_SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900];

/** Makes the instruments of one registry, each by its key in {@link METRICS}. */
export function instrumentsOf(registry: Registry) {
  const base = (key: MetricKey, labelNames: readonly string[]) => ({
    name: METRICS[key][0],
    help: METRICS[key][1],
    labelNames: [...labelNames],
    registers: [registry],
  });
  return {
    counter: (key: MetricKey, ...labels: string[]) => new Counter(base(key, labels)),
    gauge: (key: MetricKey, ...labels: string[]) => new Gauge(base(key, labels)),
    /** A gauge that is read at the moment somebody looks. */
    reading: (key: MetricKey, labels: readonly string[], collect: (gauge: Gauge) => void) =>
      new Gauge({
        ...base(key, labels),
        collect(this: Gauge) {
          collect(this);
        },
      }),
    histogram: (key: MetricKey, ...labels: string[]) =>
      new Histogram({ ...base(key, labels), buckets: DURATION_BUCKETS_SECONDS }),
  };
}
