import type { HoldingTransactions } from '../../capture/holding-transactions.ts';
import type { GroupState } from '../../log/group-members.ts';
import type { ReportedTrouble } from '../../log/trouble-event.ts';
import type { Micros } from '../../model/micros.ts';
import type { Requirement } from '../../model/requirement.ts';
import type { LockHolder } from '../../watermark/table-lock.ts';
import type { ConnectorReport, ProblemReport, SlotReport } from '../status/status-report.ts';

/** Something that was read, or why it could not be. */
export type Reading<T> = { readonly value: T } | { readonly problem: ProblemReport };

/** Everything that is observed from outside; {@link computeCauses} needs nothing else. */
export interface Facts {
  readonly now: Micros;
  readonly marks: { readonly intervalMs: number; readonly holdbackMaxMs: number };
  readonly postgres: Reading<PostgresFacts>;
  readonly kafka: Reading<KafkaFacts>;
  readonly tables: readonly TableFacts[];
  /** Where Debezium's connector reads the WAL; then there is no slot of ours. */
  readonly connector?: Reading<ConnectorReport>;
}

export interface PostgresFacts {
  readonly slot: Pick<SlotReport, 'name' | 'state' | 'activePid' | 'lagBytes'>;
  readonly open: HoldingTransactions;
  /** A capture reads a snapshot; meanwhile nobody reads the slot. */
  readonly isSnapshotRead: boolean;
  /** What `tidemark check --for capture` finds missing. */
  readonly unmet: readonly Requirement[];
}

export interface KafkaFacts {
  /** The archive's group. */
  readonly group: GroupState;
  /** Topics that are missing or do not fit. */
  readonly unmet: readonly Requirement[];
}

export interface TableFacts {
  /** `schema.name`. */
  readonly table: string;
  readonly topic: string;
  readonly sizeMicros: number;
  readonly lagMicros: number;
  readonly latenessMicros: number;
  /** The row of des_archive_config; null when there is none or Postgres is away. */
  readonly archivedUntil: Micros | null;
  /** A snapshot that is under way. */
  readonly snapshot: { readonly rows: number; readonly reached: Micros | null } | null;
  /** Empty when the topic could not be read; then `problem` says why. */
  readonly partitions: readonly PartitionFacts[];
  readonly problem: ProblemReport | null;
}

export interface PartitionFacts {
  readonly partition: number;
  /** As the group has committed it; before that, where the table's archive begins. */
  readonly watermark: Micros | null;
  readonly lastMark: { readonly time: Micros; readonly clock: Micros } | null;
  /** Clock of the first mark that closes the window after the watermark; null when there is none yet. */
  readonly closingClock: Micros | null;
  /** When the archive committed something for it, as far back as the events were read. */
  readonly lastCommitAt: Micros | null;
  /** What its process last told, when no commit came after it. */
  readonly trouble: (ReportedTrouble & { readonly at: Micros }) | null;
}

/** The same where cycles archive: there is no slot, no log and no group. */
export interface CycleFacts {
  readonly now: Micros;
  readonly marks: Facts['marks'];
  readonly postgres: Reading<CyclePostgresFacts>;
  readonly tables: readonly CycleTableFacts[];
}

export interface CyclePostgresFacts {
  readonly open: HoldingTransactions;
  /** What `tidemark check --for watermark` finds missing in Postgres. */
  readonly unmet: readonly Requirement[];
}

export interface CycleTableFacts extends Pick<
  TableFacts,
  'table' | 'sizeMicros' | 'lagMicros' | 'archivedUntil'
> {
  /** Who has the table's lock: a cycle that is under way. */
  readonly holders: readonly LockHolder[];
}
