import { REJECT_REASONS } from '../../model/row.ts';
import { BY_PARTITION, BY_TABLE } from './metric.ts';
import type { Metric } from './metric.ts';

/** These have been there since the first Tidemark and keep their names and their order; dashboards depend on them. */
export const SEED_METRICS = {
  files: {
    name: 'des_migration_files_total',
    type: 'counter',
    help: 'Files archived in committed shards.',
    labels: BY_TABLE,
    look: 'flat while rows come: `tidemark explain`',
  },
  bytes: {
    name: 'des_migration_bytes_total',
    type: 'counter',
    help: 'Bytes of the archived files, before packing.',
    labels: BY_TABLE,
    look: 'throughput of the archive: `rate()` over some windows',
  },
  shards: {
    name: 'des_migration_shards_total',
    type: 'counter',
    help: 'Shards committed.',
    labels: BY_TABLE,
    look: 'many small ones: a longer `window.size`',
  },
  filesFailed: {
    name: 'des_migration_files_failed_total',
    type: 'counter',
    help: 'Rows rejected, by reason.',
    labels: { ...BY_TABLE, reason: REJECT_REASONS },
    look: '`tidemark rejects`: each has its reason and a detail',
  },
  cycles: {
    name: 'des_migration_cycles_total',
    type: 'counter',
    help: 'Seals by outcome: success, or failed and tried again; a batch cycle that fails counts once.',
    labels: { status: ['success', 'failed'] },
    look: '`failed` rises: the log says why, `tidemark explain` what mends it',
  },
  duration: {
    name: 'des_migration_duration_seconds',
    type: 'histogram',
    help: 'Time from the closing of a window to its commit.',
    labels: BY_TABLE,
    look: 'longer than `window.size`: more partitions and processes, or a faster sink',
  },
  pending: {
    name: 'des_migration_pending_files',
    type: 'gauge',
    help: 'Rows of open windows in memory.',
    labels: BY_PARTITION,
    look: 'near `window.rowsMax`: windows are sealed early, in parts',
  },
  databaseOperations: {
    name: 'des_db_operations_total',
    type: 'counter',
    help: 'Statements sent to Postgres.',
    labels: { operation: ['select', 'update', 'insert', 'mark'] },
    look: 'one `update` a window and one `mark` a second are normal',
  },
  watermarkLag: {
    name: 'des_watermark_lag_seconds',
    type: 'gauge',
    help: 'How far archived_until is behind floor(now - lag): 0 when all that is due is archived.',
    labels: BY_TABLE,
    look: 'grows: `tidemark explain`',
  },
  windowSize: {
    name: 'des_watermark_window_size_seconds',
    type: 'gauge',
    help: 'Length of a window.',
    labels: BY_TABLE,
    look: 'what the lag is measured in',
  },
} as const satisfies Record<string, Metric>;
