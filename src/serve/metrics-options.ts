import type { Clock } from '../base/clock.ts';
import type { Events } from '../base/event-map.ts';
import type { Micros } from '../model/micros.ts';

/** What the metrics must know of a table. */
export interface MeasuredTable {
  /** `schema.name`. */
  readonly id: string;
  readonly sizeMicros: number;
  readonly lagMicros: number;
}

export interface MetricsOptions {
  readonly events: Events;
  readonly tables: readonly MeasuredTable[];
  readonly clock: Clock;
  /** Readings of Postgres and Kafka that no event brings. */
  readonly probes: Probes;
}

/** Readings that cost something; taken in the background. Null in processes that have nothing to do with it. */
export interface Probes {
  readonly readSlot: (() => Promise<SlotReading>) | null;
  readonly readTransactions: (() => Promise<TransactionReading>) | null;
  /** Rows that each running snapshot will have read in the end, by `schema.name`; asked while one runs. */
  readonly readSnapshots: (() => Promise<ReadonlyMap<string, number>>) | null;
  readonly readRowLag: ((tableId: string) => Promise<RowLagReading>) | null;
}

/** Of a process that only reads. */
export const NO_PROBES: Probes = {
  readSlot: null,
  readTransactions: null,
  readSnapshots: null,
  readRowLag: null,
};

export interface SlotReading {
  /** Null when the slot is missing. */
  readonly lagBytes: number | null;
  /** Null without a limit, and while the slot keeps up. */
  readonly secondsLeft: number | null;
  readonly isLost: boolean;
}

/** The oldest that marks wait for, and the oldest that they wait for no longer. */
export interface TransactionReading {
  readonly heldBackBy: { readonly openSeconds: number } | null;
  readonly outwaited: { readonly openSeconds: number } | null;
}

export interface RowLagReading {
  readonly topic: string;
  readonly overdue: number;
  readonly notYetDue: number;
  readonly partitions: readonly {
    readonly partition: number;
    readonly notYetDue: number;
    readonly gathering: number;
    readonly overdue: number;
    readonly overdueSince: Micros | null;
    /** Null where nothing is committed. */
    readonly progress: object | null;
    readonly offsets: number;
  }[];
}
