/** What `tidemark status --json` prints. Part of the product's face: fields are added, never changed. */
export interface StatusReport {
  readonly name: string;
  /** ISO 8601. */
  readonly at: string;
  /** `cycles` where the configuration names no brokers: then there is neither slot nor log. */
  readonly archivedBy: 'stream' | 'cycles';
  readonly slot: SlotReport | null;
  /** Null where cycles archive or a connector captures, before the first mark, or when it could not be read. */
  readonly marks: MarksReport | null;
  /** Null where capture reads Postgres itself, or when it could not be read. */
  readonly connector: ConnectorReport | null;
  readonly tables: readonly TableReport[];
  /** What could not be read; the parts that depend on it are null. */
  readonly problems: readonly ProblemReport[];
}

export interface ProblemReport {
  readonly code: string;
  readonly detail: string;
  readonly remedy: string;
}

export interface SlotReport {
  readonly name: string;
  /** `active` while capture reads it; `lost` when the server has removed WAL that it needed. */
  readonly state: 'active' | 'idle' | 'lost' | 'missing';
  readonly activePid: number | null;
  /** WAL that it keeps the server from removing. */
  readonly lagBytes: number | null;
  /** The server's max_slot_wal_keep_size; null without a limit. */
  readonly walKeepBytes: number | null;
  /** WAL that may still be written before the slot is in danger, as the server counts it; null without a limit. */
  readonly walLeftBytes: number | null;
  /** How fast `lagBytes` grows at present; null until two readings are far enough apart. */
  readonly bytesPerSecond: number | null;
  /** Until `walLeftBytes` is written at that rate; null without a limit, and while the slot keeps up. */
  readonly secondsLeft: number | null;
}

export interface MarksReport {
  /** T of the last mark that capture has committed: every row up to it is in the log. */
  readonly time: string;
  readonly ageSeconds: number;
  /** The oldest transaction that no mark passes. Null while none is open, or when it could not be read. */
  readonly heldBackBy: TransactionReport | null;
  /** The oldest that is open for longer than `marks.holdbackMax`: marks pass it, and its rows may come late. */
  readonly outwaited: TransactionReport | null;
}

export interface TransactionReport {
  /** Null for a prepared one. */
  readonly pid: number | null;
  readonly user: string;
  readonly application: string;
  /** `active`, `idle in transaction`, `prepared`. */
  readonly state: string;
  readonly openSeconds: number;
  /** Null while it has written nothing. */
  readonly xid: string | null;
  /** Name of a prepared one, for COMMIT PREPARED. */
  readonly gid: string | null;
}

/** Debezium's connector, as far as it is seen from here; there is no slot of ours then. */
export interface ConnectorReport {
  readonly topicPrefix: string;
  /** Host of the process that reads the connector's topics; null while none does. */
  readonly reader: string | null;
  /** Processes that stand by. */
  readonly standbys: number;
  /** Offsets of the tables' topics that are not read yet. */
  readonly unreadRecords: number;
}

export interface TableReport {
  readonly table: string;
  /** The row of des_archive_config; null when there is none or it could not be read. */
  readonly archivedUntil: string | null;
  /** Least committed watermark over the partitions; ahead of archivedUntil for a moment, or while Postgres is away. */
  readonly watermark: string | null;
  readonly watermarkAgeSeconds: number | null;
  /** How far the watermark is behind `floor(now − lag)`: 0 when all that is due is archived. */
  readonly behindSeconds: number | null;
  readonly rows: {
    readonly sent: number;
    readonly sealed: number;
    readonly notYetDue: number;
    readonly gathering: number;
    readonly overdue: number;
    /** For so long the oldest overdue row has been overdue, at least; null while none is. */
    readonly oldestOverdueSeconds: number | null;
  } | null;
  /** While the rows are read that were there before the stream. */
  readonly snapshot: SnapshotReport | null;
  /** Windows between the watermark and now, with rows or without: what may still be sealed. */
  readonly windowsAfterWatermark: number | null;
  readonly partitions: readonly PartitionReport[];
  /** Newest first. */
  readonly lastSeals: readonly SealReport[];
  /** Newest first. */
  readonly lastRejects: readonly RejectReport[];
  /** Null where no files may be removed (`cleanup.roots`), or when it could not be read. */
  readonly cleanup: CleanupStandReport | null;
}

export interface CleanupStandReport {
  /** When the last shard was announced whose source files are dealt with; null before the first. */
  readonly doneUntil: string | null;
  /** Why it does not get on; null while it does. */
  readonly trouble: string | null;
}

export interface PartitionReport {
  readonly partition: number;
  readonly watermark: string | null;
  readonly position: number | null;
  readonly rowsSealed: number | null;
  /** Null when the log could not be read. */
  readonly rows: PartitionRowsReport | null;
}

/** `notYetDue + gathering + overdue + sealedAhead + marks + rest` = `kafkaLag`. */
export interface PartitionRowsReport {
  readonly notYetDue: number;
  readonly gathering: number;
  readonly overdue: number;
  readonly oldestOverdueSeconds: number | null;
  /** End offset − committed offset, as Kafka's own tool says it; null where nothing is committed. */
  readonly kafkaLag: number | null;
  /** Rows behind the committed offset that are sealed already. */
  readonly sealedAhead: number;
  readonly marks: number;
  /** Markers of transactions, records of aborted ones, messages of strangers. */
  readonly rest: number;
}

export interface SnapshotReport {
  /** Read so far. */
  readonly rows: number;
  /** Those and what Postgres expects to follow; null when it could not be asked. */
  readonly estimatedRows: number | null;
  /** At the present rate; null until two readings are far enough apart. */
  readonly secondsLeft: number | null;
}

export interface SealReport {
  readonly at: string;
  readonly manifest: string;
  readonly kind: string;
  readonly archived: number;
  readonly rejected: number;
  readonly shards: number;
}

export interface RejectReport {
  readonly at: string;
  readonly uid: string | null;
  readonly reason: string;
  readonly detail: string;
}
