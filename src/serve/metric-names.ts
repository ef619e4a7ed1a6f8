/**
 * Every metric: its name and what it counts. The first ten have been there since the first Tidemark and keep their
 * names; dashboards depend on them. Labels are bounded: tables and partitions of the configuration, fixed words.
 */
export const METRICS = {
  files: ['des_migration_files_total', 'Files archived in committed shards.'],
  bytes: ['des_migration_bytes_total', 'Bytes of the archived files, before packing.'],
  shards: ['des_migration_shards_total', 'Shards committed.'],
  filesFailed: ['des_migration_files_failed_total', 'Rows rejected, by reason.'],
  cycles: [
    'des_migration_cycles_total',
    'Seals by outcome: success, or failed and tried again; a batch cycle that fails counts once.',
  ],
  duration: ['des_migration_duration_seconds', 'Time from the closing of a window to its commit.'],
  pending: ['des_migration_pending_files', 'Rows of open windows in memory.'],
  databaseOperations: ['des_db_operations_total', 'Statements sent to Postgres.'],
  watermarkLag: [
    'des_watermark_lag_seconds',
    'How far archived_until is behind floor(now - lag): 0 when all that is due is archived.',
  ],
  windowSize: ['des_watermark_window_size_seconds', 'Length of a window.'],

  watermark: [
    'des_watermark_seconds',
    'Least watermark over the partitions of this process, seconds since 1970.',
  ],
  rowsReceived: ['des_rows_received_total', 'Rows taken from the log.'],
  rowsArchived: ['des_rows_archived_total', 'Rows archived in committed shards.'],
  rowsDuplicate: ['des_rows_duplicate_total', 'Rows that came more than once and were dropped.'],
  rowsLate: ['des_rows_late_total', 'Rows that came after their window was sealed.'],
  rowsSurplus: ['des_rows_surplus_total', 'Rows that no mark had counted.'],
  rowsOverdue: ['des_rows_overdue', 'Rows due and not archived, over the whole archive.'],
  rowsNotYetDue: ['des_rows_not_yet_due', 'Rows that wait for their lag, over the whole archive.'],
  windowsOpen: ['des_windows_open', 'Windows in memory.'],
  windowsSealed: ['des_windows_sealed_total', 'Seals committed, by kind: window, early, late.'],
  shardsPassedOver: [
    'des_shards_passed_over_total',
    'Files that no manifest names and that had the name of a shard.',
  ],
  sinkHeld: ['des_sink_held', 'Calls that the sink has not answered for ten seconds or longer.'],
  uidFilters: ['des_uid_filters_total', 'Filters of the uids of a day that were written.'],
  uidFilterFailures: [
    'des_uid_filter_failures_total',
    'Times that the filter of a day could not be written; it is tried again with the next day.',
  ],
  partitionFailures: ['des_partition_failures_total', 'Times that a partition failed and began anew.'],
  partitionsAssigned: ['des_partitions_assigned', 'Partitions that this process archives.'],

  captureRows: ['des_capture_rows_total', 'Rows committed to Kafka.'],
  captureBytes: ['des_capture_bytes_total', 'Bytes committed to Kafka.'],
  captureCommit: ['des_capture_commit_duration_seconds', 'Time of one Kafka transaction of capture.'],
  snapshotRows: ['des_snapshot_rows', 'Rows that the snapshot of a table has read so far.'],
  capturePauses: [
    'des_capture_pauses_total',
    'Times that the replication socket was paused because Kafka was slower.',
  ],
  debeziumPassed: [
    'des_debezium_passed_total',
    'Records of Debezium’s connector that are not archived, by reason: update, delete, tombstone, truncate, message, archived.',
  ],
  captureReconnects: ['des_capture_reconnects_total', 'Times that capture reconnected.'],
  markAge: ['des_mark_age_seconds', 'Age of the last mark sent.'],
  markHoldback: [
    'des_mark_holdback_seconds',
    'Age of the transaction that was last seen to hold the marks back beyond its limit.',
  ],
  slotLag: ['des_slot_lag_bytes', 'WAL that the replication slot keeps the server from removing.'],
  slotLost: ['des_slot_lost', '1 when the slot is missing or has lost WAL.'],
  syncRows: ['des_sync_archived_rows_total', 'Rows whose archived column was set.'],
  syncUnarchived: [
    'des_sync_archived_unarchived_total',
    'Rows up to the watermark that were left unset because no shard holds them.',
  ],
  syncPosition: [
    'des_sync_archived_position_seconds',
    'created_at of the last row that was looked at, seconds since 1970.',
  ],
  httpRequests: [
    'des_http_requests_total',
    'Requests that `tidemark serve` has answered, by path and status.',
  ],
  httpBytes: ['des_http_bytes_total', 'Bytes written for them, headers included.'],
  httpDuration: ['des_http_request_duration_seconds', 'Time from a request to the end of its answer.'],
  httpBrokenOff: ['des_http_broken_off_total', 'Answers that did not come to their end.'],
  httpFailures: ['des_http_failures_total', 'Answers that failed on our side, by the code of the error.'],
  cleanupShards: ['des_cleanup_shards_total', 'Shards whose source files were removed or found to stay.'],
  cleanupFiles: [
    'des_cleanup_files_total',
    'Source files by what became of them: removed, missing, or the reason for which they stay.',
  ],
  cleanupBytes: ['des_cleanup_bytes_total', 'Bytes of the source files removed.'],
  cleanupFailing: [
    'des_cleanup_failing_files',
    'Source files of the shard at hand that the system does not let us remove; they are tried again.',
  ],
  cleanupTroubles: ['des_cleanup_troubles_total', 'Times that a clean-up did not get on and began anew.'],
  cleanupStopped: ['des_cleanup_stopped', '1 when the clean-up of the table has ended with an error.'],
  cleanupPosition: [
    'des_cleanup_position_seconds',
    'When the last shard that is done was announced, seconds since 1970.',
  ],
  kafkaWarnings: ['des_kafka_warnings_total', 'Warnings of the Kafka client.'],
  probeFailures: ['des_probe_failures_total', 'Readings for this page that failed.'],
} as const satisfies Record<string, readonly [name: string, help: string]>;

export type MetricKey = keyof typeof METRICS;
