/** What `tidemark explain --json` prints (docs/explain.md). Part of the product's face: fields are added, never changed. */
export interface Explanation {
  readonly name: string;
  /** When it was read, by the clock of this machine; ISO 8601. */
  readonly at: string;
  /** What stands in the way, the first to be mended first; empty when nothing does. */
  readonly causes: readonly Cause[];
  readonly tables: readonly TableOutlook[];
}

/** In the order in which they matter: what stands further up hides or brings about what stands below. */
export const CAUSE_CODES = [
  'postgres-away',
  'kafka-away',
  'topic-invalid',
  'progress-unreadable',
  'slot-lost',
  'archive-stopped',
  'no-member',
  'partition-unassigned',
  'partition-failing',
  'capture-down',
  'requirement-missing',
  'marks-missing',
  'connector-silent',
  'partition-silent',
  'snapshot',
  'transaction',
  'gate',
  'member-silent',
  'backlog',
  'row-missing',
  'row-behind',
  'cycle-running',
  'cycle-due',
] as const;

export type CauseCode = (typeof CAUSE_CODES)[number];

export interface Cause {
  readonly code: CauseCode;
  /** Null for what concerns every table. */
  readonly table: string | null;
  /** Null for what concerns every partition. */
  readonly partition: number | null;
  /** True when the watermark is late because of it; false when it will be, if this lasts. */
  readonly holds: boolean;
  readonly detail: string;
  /** The command or change that mends it. */
  readonly remedy: string;
}

export interface TableOutlook {
  readonly table: string;
  /** Least of the partitions; null when nothing is known. */
  readonly watermark: string | null;
  /** End of the window that is archived next. */
  readonly nextWindowEnd: string | null;
  /** Until that window is old enough; negative when it has been for so long. */
  readonly dueInSeconds: number | null;
}
