import { BY_TABLE } from './metric.ts';
import type { Metric } from './metric.ts';

/** Where a row may stand that is not sealed. */
export const LAG_STATES = ['not_yet_due', 'gathering', 'overdue'] as const;

/** Where the rows stand, over the whole archive: every process that archives says the same (docs/status.md). */
export const LAG_METRICS = {
  lagRecords: {
    name: 'des_consumer_lag_records',
    type: 'gauge',
    help: 'Rows in the log that are not sealed: not_yet_due wait on purpose, gathering are in open windows, overdue should be archived.',
    labels: { topic: 'topics', partition: 'partitions', state: LAG_STATES },
    look: 'alert on `overdue` alone; take the `max` over processes, not the sum',
  },
  lagOffsets: {
    name: 'des_consumer_lag_offsets',
    type: 'gauge',
    help: "End offset less committed offset, as Kafka's own tools say it; counts marks and markers too.",
    labels: { topic: 'topics', partition: 'partitions' },
    look: 'to compare with other tools; it is large on purpose where `lag` is long',
  },
  overdueAge: {
    name: 'des_overdue_age_seconds',
    type: 'gauge',
    help: 'For so long the oldest overdue row has been overdue, at least; 0 while none is.',
    labels: BY_TABLE,
    look: 'minutes: `tidemark explain`. Of a snapshot the rows are overdue when they are read',
  },
  rowsOverdue: {
    name: 'des_rows_overdue',
    type: 'gauge',
    help: 'Rows due and not archived, over the whole archive.',
    labels: BY_TABLE,
    look: 'more than a moment above 0: `tidemark explain`',
  },
  rowsNotYetDue: {
    name: 'des_rows_not_yet_due',
    type: 'gauge',
    help: 'Rows that wait for their lag, over the whole archive.',
    labels: BY_TABLE,
    look: 'what Kafka has to hold; no fault',
  },
} as const satisfies Record<string, Metric>;
