import type { Clock } from '../base/clock.ts';
import type { Events } from '../base/event-map.ts';

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

/** Readings that cost something; taken in the background. */
export interface Probes {
  /** Null in processes that do not capture. `lagBytes` is null when the slot is missing. */
  readonly readSlot: (() => Promise<{ readonly lagBytes: number | null; readonly lost: boolean }>) | null;
  /** Null in processes that do not archive. */
  readonly readRowLag:
    ((tableId: string) => Promise<{ readonly overdue: number; readonly notYetDue: number }>) | null;
}
