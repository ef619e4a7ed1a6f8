import type {
  PartitionReport,
  SlotReport,
  StatusReport,
  TableReport,
} from '../../cli/status/status-report.ts';
import type { MarksState, SnapshotState } from './console-state.ts';

/**
 * What the console takes from `status`: fields that it does without where they cannot be had are optional here.
 */
export interface StatusReading extends Omit<StatusReport, 'tables' | 'slot' | 'marks'> {
  readonly slot: SlotReading | null;
  readonly marks?: MarksState | null;
  readonly tables: readonly TableReading[];
}

export interface SlotReading extends Pick<SlotReport, 'name' | 'state' | 'activePid' | 'lagBytes'> {
  readonly walKeepBytes?: number | null;
  readonly bytesPerSecond?: number | null;
  readonly secondsLeft?: number | null;
}

export interface TableReading extends Omit<TableReport, 'rows' | 'partitions' | 'snapshot'> {
  readonly rows:
    (NonNullable<TableReport['rows']> & { readonly oldestOverdueSeconds?: number | null }) | null;
  readonly partitions: readonly PartitionReading[];
  readonly snapshot?: SnapshotState | null;
}

export interface PartitionReading extends Omit<PartitionReport, 'rows'> {
  readonly rows?: {
    readonly notYetDue: number;
    readonly gathering: number;
    readonly overdue: number;
    readonly kafkaLag: number | null;
  } | null;
}
