/** What the database says about a table; everything that it does not say is null or stands in `unknown`. */
export interface AdviseFacts {
  /** `schema.name`. */
  readonly table: string;
  /** As estimated by the statistics; null when the table was never counted. */
  readonly rows: number | null;
  readonly growth: Growth | null;
  readonly size: {
    readonly tableBytes: number;
    readonly indexBytes: number;
    readonly indexes: number;
    /** Per cent of a page that inserts fill; the rest is room for new versions of its rows. */
    readonly fillfactor: number;
  };
  /** Since the statistics began; null when they are not kept. */
  readonly counters: {
    readonly inserts: number;
    readonly updates: number;
    readonly hotUpdates: number;
    readonly deletes: number;
  } | null;
  /** Of created_at with the order in which rows lie in the table, from −1 to 1. */
  readonly order: number | null;
  readonly column: ColumnFacts | null;
  /** Row-level triggers that every UPDATE of a row fires. */
  readonly updateTriggers: readonly string[];
  /** Publications that send UPDATEs of the table on. */
  readonly updatePublications: readonly string[];
  readonly sample: UpdateSample | null;
  /** What could not be known and why, each as a sentence. */
  readonly unknown: readonly string[];
}

export interface Growth {
  readonly rowsPerDay: number;
  /** Inserts counted since the statistics began, or the newest tenth of created_at as its histogram has it. */
  readonly source: 'counters' | 'histogram';
}

/** The column `archived`. */
export interface ColumnFacts {
  readonly name: string;
  readonly type: string;
  /** Indexes that hold or ask the column: an UPDATE of it is never HOT then, and writes to every index. */
  readonly indexes: readonly string[];
  readonly dependants: readonly Dependant[];
}

export interface Dependant {
  readonly kind:
    'view' | 'constraint' | 'generated column' | 'trigger' | 'policy' | 'function' | 'publication';
  readonly name: string;
}

/** An UPDATE of some rows that was rolled back. */
export interface UpdateSample {
  readonly rows: number;
  readonly hotRows: number;
  readonly walBytes: number;
  /** Whole pages among it: the first change of a page after a checkpoint. */
  readonly walPages: number;
  readonly durationMs: number;
  /** False when the table has no such column and rows were written anew as they are. */
  readonly ofColumn: boolean;
}
