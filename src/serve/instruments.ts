import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import { METRICS } from './metric-names.ts';
import type { MetricKey, MetricKeyOf } from './metric-names.ts';

/** Seals take from milliseconds to many minutes. */
const DURATION_BUCKETS_SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900];

/** Makes the instruments of one registry, each by its key in {@link METRICS}, which says what labels it has. */
export function instrumentsOf(registry: Registry) {
  const base = (key: MetricKey) => {
    const { name, help, labels } = METRICS[key];
    return { name, help, labelNames: Object.keys(labels), registers: [registry] };
  };
  return {
    counter: (key: MetricKeyOf<'counter'>) => new Counter(base(key)),
    gauge: (key: MetricKeyOf<'gauge'>) => new Gauge(base(key)),
    /** A gauge that is read at the moment somebody looks. */
    reading: (key: MetricKeyOf<'gauge'>, collect: (gauge: Gauge) => void) =>
      new Gauge({
        ...base(key),
        collect(this: Gauge) {
          collect(this);
        },
      }),
    histogram: (key: MetricKeyOf<'histogram'>) =>
      new Histogram({ ...base(key), buckets: DURATION_BUCKETS_SECONDS }),
  };
}
