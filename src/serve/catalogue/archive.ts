import { BY_PARTITION, BY_TABLE } from './metric.ts';
import type { Metric } from './metric.ts';

/** What a process that archives counts of itself. */
export const ARCHIVE_METRICS = {
  watermark: {
    name: 'des_watermark_seconds',
    type: 'gauge',
    help: 'Least watermark over the partitions of this process, seconds since 1970.',
    labels: BY_TABLE,
    look: 'stands still: `tidemark explain`',
  },
  rowsReceived: {
    name: 'des_rows_received_total',
    type: 'counter',
    help: 'Rows taken from the log.',
    labels: BY_TABLE,
    look: 'flat while rows wait: the gate is closed, or the process has no partition',
  },
  rowsArchived: {
    name: 'des_rows_archived_total',
    type: 'counter',
    help: 'Rows archived in committed shards.',
    labels: BY_TABLE,
    look: 'with duplicates and rejects it makes what was received',
  },
  rowsDuplicate: {
    name: 'des_rows_duplicate_total',
    type: 'counter',
    help: 'Rows that came more than once and were dropped.',
    labels: BY_TABLE,
    look: 'normal after a snapshot or a replay, and with an at-least-once source',
  },
  rowsLate: {
    name: 'des_rows_late_total',
    type: 'counter',
    help: 'Rows that came after their window was sealed.',
    labels: BY_TABLE,
    look: 'keeps rising: a longer `lateness`, or who writes an old created_at',
  },
  rowsSurplus: {
    name: 'des_rows_surplus_total',
    type: 'counter',
    help: 'Rows that no mark had counted.',
    labels: BY_TABLE,
    look: '0 with our own capture; another producer writes to the topic',
  },
  windowsOpen: {
    name: 'des_windows_open',
    type: 'gauge',
    help: 'Windows in memory.',
    labels: BY_PARTITION,
    look: 'about `lateness` / `window.size`; more where created_at is far off',
  },
  windowsSealed: {
    name: 'des_windows_sealed_total',
    type: 'counter',
    help: 'Seals committed, by kind: window, early, late.',
    labels: { ...BY_TABLE, kind: ['window', 'early', 'late'] },
    look: '`early`: windows are larger than their limits; `late`: rows come after their window',
  },
  ledgerRefused: {
    name: 'des_ledger_refused_total',
    type: 'counter',
    help: 'Seals refused because rows went missing: what was sent, received and archived did not balance.',
    labels: BY_TABLE,
    look: 'any: docs/errors.md, ERR_LEDGER_UNBALANCED; nothing was committed',
  },
  rebalances: {
    name: 'des_rebalances_total',
    type: 'counter',
    help: 'Times that the partitions were shared out and this process got its own.',
    labels: {},
    look: 'keeps rising: processes die, or are slower than `archive.sessionTimeout`',
  },
  partitionsAssigned: {
    name: 'des_partitions_assigned',
    type: 'gauge',
    help: 'Partitions that this process archives.',
    labels: {},
    look: 'the sum over processes is that of the topics; 0: one process too many',
  },
  partitionFailures: {
    name: 'des_partition_failures_total',
    type: 'counter',
    help: 'Times that a partition failed and began anew.',
    labels: BY_TABLE,
    look: 'the log says why, `tidemark explain` what mends it',
  },
} as const satisfies Record<string, Metric>;
