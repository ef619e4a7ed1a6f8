import { BY_TABLE } from './metric.ts';
import type { Metric } from './metric.ts';

/** What follows the watermark: `tidemark sync-archived` and `tidemark cleanup`. */
export const FOLLOW_UP_METRICS = {
  syncRows: {
    name: 'des_sync_archived_rows_total',
    type: 'counter',
    help: 'Rows whose archived column was set.',
    labels: BY_TABLE,
    look: 'flat: it has caught up with the watermark, or does not run',
  },
  syncUnarchived: {
    name: 'des_sync_archived_unarchived_total',
    type: 'counter',
    help: 'Rows up to the watermark that were left unset because no shard holds them.',
    labels: BY_TABLE,
    look: '`tidemark rejects` and `tidemark reconcile` name them',
  },
  syncPosition: {
    name: 'des_sync_archived_position_seconds',
    type: 'gauge',
    help: 'created_at of the last row that was looked at, seconds since 1970.',
    labels: BY_TABLE,
    look: 'how far it is behind `des_watermark_seconds`',
  },
  cleanupShards: {
    name: 'des_cleanup_shards_total',
    type: 'counter',
    help: 'Shards whose source files were removed or found to stay.',
    labels: BY_TABLE,
    look: 'flat: `tidemark status` says what it waits for',
  },
  cleanupFiles: {
    name: 'des_cleanup_files_total',
    type: 'counter',
    help: 'Source files by what became of them: removed, missing, or the reason for which they stay.',
    labels: {
      ...BY_TABLE,
      outcome: [
        'removed',
        'missing',
        'file_changed',
        'file_not_regular',
        'file_outside_roots',
        'file_location_missing',
      ],
    },
    look: '`file_changed`: somebody writes to files that are archived',
  },
  cleanupBytes: {
    name: 'des_cleanup_bytes_total',
    type: 'counter',
    help: 'Bytes of the source files removed.',
    labels: BY_TABLE,
    look: 'what the source has got back',
  },
  cleanupFailing: {
    name: 'des_cleanup_failing_files',
    type: 'gauge',
    help: 'Source files of the shard at hand that the system does not let us remove; they are tried again.',
    labels: BY_TABLE,
    look: 'rights and mount of the source; the log names the first',
  },
  cleanupTroubles: {
    name: 'des_cleanup_troubles_total',
    type: 'counter',
    help: 'Times that a clean-up did not get on and began anew.',
    labels: BY_TABLE,
    look: '`tidemark status` says why',
  },
  cleanupStopped: {
    name: 'des_cleanup_stopped',
    type: 'gauge',
    help: '1 when the clean-up of the table has ended with an error.',
    labels: BY_TABLE,
    look: 'nothing of it is removed until somebody has looked: `tidemark status`',
  },
  cleanupPosition: {
    name: 'des_cleanup_position_seconds',
    type: 'gauge',
    help: 'When the last shard that is done was announced, seconds since 1970.',
    labels: BY_TABLE,
    look: 'behind by more than `cleanup.after`',
  },
} as const satisfies Record<string, Metric>;
