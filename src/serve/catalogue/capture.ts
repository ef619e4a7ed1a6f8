import { BY_TABLE } from './metric.ts';
import type { Metric } from './metric.ts';

/** What a process that captures counts, and what it sees of Postgres. */
export const CAPTURE_METRICS = {
  captureRows: {
    name: 'des_capture_rows_total',
    type: 'counter',
    help: 'Rows committed to Kafka.',
    labels: {},
    look: 'flat while the table grows: `tidemark explain`',
  },
  captureBytes: {
    name: 'des_capture_bytes_total',
    type: 'counter',
    help: 'Bytes committed to Kafka.',
    labels: {},
    look: 'what Kafka must hold for `lag` and an outage',
  },
  captureCommit: {
    name: 'des_capture_commit_duration_seconds',
    type: 'histogram',
    help: 'Time of one Kafka transaction of capture.',
    labels: {},
    look: 'seconds: brokers are slow or far away',
  },
  capturePauses: {
    name: 'des_capture_pauses_total',
    type: 'counter',
    help: 'Times that the replication socket was paused because Kafka was slower.',
    labels: {},
    look: 'with a growing `des_slot_lag_bytes`: Kafka is the limit',
  },
  captureReconnects: {
    name: 'des_capture_reconnects_total',
    type: 'counter',
    help: 'Times that capture reconnected.',
    labels: {},
    look: 'keeps rising: the log has the reason',
  },
  snapshotRows: {
    name: 'des_snapshot_rows',
    type: 'gauge',
    help: 'Rows that the snapshot of a table has read so far.',
    labels: BY_TABLE,
    look: 'beside `des_snapshot_rows_estimated`',
  },
  snapshotRowsEstimated: {
    name: 'des_snapshot_rows_estimated',
    type: 'gauge',
    help: 'Rows that a running snapshot will have read in the end, as the statistics of Postgres expect.',
    labels: BY_TABLE,
    look: 'far off: ANALYZE the table. Absent while no snapshot runs',
  },
  markAge: {
    name: 'des_mark_age_seconds',
    type: 'gauge',
    help: 'Age of the last mark sent.',
    labels: {},
    look: 'more than some seconds: `tidemark status` names the transaction that holds the marks back',
  },
  markHoldback: {
    name: 'des_mark_holdback_seconds',
    type: 'gauge',
    help: 'Age of the oldest transaction whose rows may still come, whether marks wait for it or have given up; 0 without one.',
    labels: {},
    look: '`tidemark status` has its pid; beyond `marks.holdbackMax` its rows will be late',
  },
  slotLag: {
    name: 'des_slot_lag_bytes',
    type: 'gauge',
    help: 'WAL that the replication slot keeps the server from removing.',
    labels: {},
    look: 'grows: capture is away or slow, or a transaction is open',
  },
  slotSecondsLeft: {
    name: 'des_slot_seconds_left',
    type: 'gauge',
    help: 'Until the server drops the slot, at the rate of the last minutes; absent without a limit and while the slot keeps up.',
    labels: {},
    look: 'start capture, or raise `max_slot_wal_keep_size`: rows are lost to the stream otherwise',
  },
  slotLost: {
    name: 'des_slot_lost',
    type: 'gauge',
    help: '1 when the slot is missing or has lost WAL.',
    labels: {},
    look: '`tidemark explain`',
  },
  kafkaWarnings: {
    name: 'des_kafka_warnings_total',
    type: 'counter',
    help: 'Warnings of the Kafka client.',
    labels: {},
    look: 'the log has their text',
  },
  probeFailures: {
    name: 'des_probe_failures_total',
    type: 'counter',
    help: 'Readings for this page that failed.',
    labels: { probe: ['slot', 'transactions', 'snapshots', 'rows'] },
    look: 'what depends on the reading is absent meanwhile; `tidemark status` says why',
  },
} as const satisfies Record<string, Metric>;
