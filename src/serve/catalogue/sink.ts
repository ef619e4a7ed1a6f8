import { BY_TABLE } from './metric.ts';
import type { Metric } from './metric.ts';

/** What is written to the sink, and how that answers. */
export const SINK_METRICS = {
  sinkPuts: {
    name: 'des_sink_puts_total',
    type: 'counter',
    help: 'Files made durable on the sink: shards, manifests, filters.',
    labels: {},
    look: 'flat while windows are sealed: `des_sink_held`',
  },
  sinkFailures: {
    name: 'des_sink_failures_total',
    type: 'counter',
    help: 'Calls that the sink refused or that did not come to their end; writes are tried again.',
    labels: { operation: ['read', 'write'] },
    look: 'the log has the reason: a full disk, a right that is missing, a store that is away',
  },
  sinkHeld: {
    name: 'des_sink_held',
    type: 'gauge',
    help: 'Calls that the sink has not answered for ten seconds or longer.',
    labels: {},
    look: 'above 0: the mount of `sink.url` (`findmnt`, `dmesg`), or the way to its bucket',
  },
  shardsPassedOver: {
    name: 'des_shards_passed_over_total',
    type: 'counter',
    help: 'Files that no manifest names and that had the name of a shard.',
    labels: BY_TABLE,
    look: 'somebody else writes to the sink',
  },
  uidFilters: {
    name: 'des_uid_filters_total',
    type: 'counter',
    help: 'Filters of the uids of a day that were written.',
    labels: BY_TABLE,
    look: 'one a day and partition',
  },
  uidFilterFailures: {
    name: 'des_uid_filter_failures_total',
    type: 'counter',
    help: 'Times that the filter of a day could not be written; it is tried again with the next day.',
    labels: BY_TABLE,
    look: '`tidemark index` writes what is missing',
  },
} as const satisfies Record<string, Metric>;
