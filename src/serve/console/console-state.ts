import type { Cause } from '../../cli/explain/explanation.ts';
import type { MarksReport, SlotReport, StatusReport, TableReport } from '../../cli/status/status-report.ts';

/**
 * Everything that the console shows (docs/console.md). Part of the product's face: fields are added, never changed.
 * Its shape is fixed, so a change is told by the fields that changed; what is not known is null.
 */
export interface ConsoleState {
  readonly name: string;
  /** Version of Tidemark. */
  readonly tool: string;
  /** When it was put together, by the clock of the serving machine; ISO 8601. */
  readonly at: string;
  /** Parts that run in the serving process; empty for `tidemark console`. */
  readonly parts: readonly string[];
  readonly archivedBy: StatusReport['archivedBy'];
  /** What the person at the page may do, given a token. */
  readonly actions: ActionsState;
  readonly readings: {
    readonly status: ReadingState;
    readonly explanation: ReadingState;
    readonly events: ReadingState;
  };
  readonly slot: SlotState | null;
  /** The marks of the whole archive; null where it is not known. */
  readonly marks: MarksReport | null;
  readonly problems: StatusReport['problems'];
  /** What stands in the way, the first to be mended first; null before it was asked. */
  readonly causes: readonly Cause[] | null;
  /** Causes that are not listed because there are so many. */
  readonly causesMore: number;
  readonly tables: Readonly<Record<string, TableState>>;
  /** Tables that are not listed because there are so many. */
  readonly tablesMore: number;
}

export interface ActionsState {
  /** False: this console is read-only, whoever asks. */
  readonly retry: boolean;
  readonly replay: boolean;
  /** Only where the serving process archives. */
  readonly pause: boolean;
}

export interface ReadingState {
  /** When it last came; null before the first. */
  readonly at: string | null;
  /** Why the last try failed; null when it did not. */
  readonly problem: string | null;
}

export type SlotState = Omit<SlotReport, 'walLeftBytes'>;

export interface TableState {
  readonly windowSeconds: number;
  readonly lagSeconds: number;
  readonly latenessSeconds: number;
  readonly watermark: string | null;
  readonly archivedUntil: string | null;
  readonly rows: {
    readonly sent: number;
    readonly sealed: number;
    readonly notYetDue: number;
    readonly gathering: number;
    readonly overdue: number;
  } | null;
  /** Age of the oldest overdue row beyond being due. */
  readonly oldestOverdueSeconds: number | null;
  readonly snapshot: TableReport['snapshot'];
  readonly partitions: readonly PartitionState[];
  readonly partitionsMore: number;
  readonly windows: WindowStrip;
  /** What this process holds in open windows; null where it does not archive. */
  readonly open: { readonly windows: number; readonly rows: number } | null;
  readonly throughput: Throughput;
  readonly lastShards: readonly ShardState[];
  readonly lastRejects: TableReport['lastRejects'];
  /** When somebody paused it in this process; null while it runs. */
  readonly pausedSince: string | null;
}

export interface PartitionState {
  readonly partition: number;
  readonly watermark: string | null;
  readonly notYetDue: number | null;
  readonly gathering: number | null;
  readonly overdue: number | null;
  /** Kafka's own lag of the group, in offsets. */
  readonly kafkaLag: number | null;
  /** Rows in open windows, where this process has the partition. */
  readonly openRows: number | null;
  /** Why it tries again; null while it gets on, and where another process has it. */
  readonly failure: string | null;
}

/** Windows around the watermark. A bounded number is drawn, the rest is counted. */
export interface WindowStrip {
  readonly drawn: readonly WindowState[];
  /** Windows between the last one drawn and now. */
  readonly later: number;
}

export interface WindowState {
  readonly end: string;
  readonly state: 'sealed' | 'overdue' | 'gathering' | 'waiting';
  /** Of a sealed window rows archived, of another rows gathered so far in this process; null where nobody knows. */
  readonly rows: number | null;
  /** Partitions that have sealed it. */
  readonly sealedPartitions: number;
}

/** What was sealed in the last minutes, from the events of every process. */
export interface Throughput {
  readonly bucketSeconds: number;
  /** Begin of the first bucket. */
  readonly from: string;
  readonly rows: readonly number[];
  /** Of shards. */
  readonly bytes: readonly number[];
}

export interface ShardState {
  readonly at: string;
  readonly name: string;
  readonly rows: number;
  readonly bytes: number;
  readonly kind: string;
}
