import { ARCHIVE_METRICS } from './catalogue/archive.ts';
import { CAPTURE_METRICS } from './catalogue/capture.ts';
import { FOLLOW_UP_METRICS } from './catalogue/follow-up.ts';
import { LAG_METRICS } from './catalogue/lag.ts';
import type { Metric } from './catalogue/metric.ts';
import { SEED_METRICS } from './catalogue/seed.ts';
import { SERVING_METRICS } from './catalogue/serving.ts';
import { SINK_METRICS } from './catalogue/sink.ts';

/** Every metric, by what it is of: name, type, labels, what it counts and what to look at. */
export const METRIC_GROUPS = {
  'Archive, by the names of the first Tidemark': SEED_METRICS,
  'Where the rows stand': LAG_METRICS,
  'Capture and Postgres': CAPTURE_METRICS,
  'Archive, of a process': ARCHIVE_METRICS,
  Sink: SINK_METRICS,
  'What follows the watermark': FOLLOW_UP_METRICS,
  'Archive over HTTP': SERVING_METRICS,
} as const satisfies Record<string, Record<string, Metric>>;

export const METRICS = {
  ...SEED_METRICS,
  ...LAG_METRICS,
  ...CAPTURE_METRICS,
  ...ARCHIVE_METRICS,
  ...SINK_METRICS,
  ...FOLLOW_UP_METRICS,
  ...SERVING_METRICS,
} as const;

export type MetricKey = keyof typeof METRICS;

/** Keys of the metrics of one type. */
export type MetricKeyOf<T extends Metric['type']> = {
  [K in MetricKey]: (typeof METRICS)[K]['type'] extends T ? K : never;
}[MetricKey];
