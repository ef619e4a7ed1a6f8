import type { Micros } from './micros.ts';
import type { Reject, RowEntry } from './row.ts';
import type { SealRows } from './seal.ts';
import type { SealKind } from './shard.ts';
import type { Window } from './window.ts';

/** A row of the table on its way into the archive without a log. */
export interface BatchRow {
  readonly createdAt: Micros;
  readonly partition: number;
  /** What the archive reads of it, or why it cannot be archived. */
  readonly entry: RowEntry | Reject;
}

export function isReject(entry: RowEntry | Reject): entry is Reject {
  return 'reason' in entry;
}

/** Rows that are sealed together: one window in one partition, or as much of it as memory may hold. */
export interface BatchPart {
  readonly kind: SealKind;
  readonly window: Window;
  readonly partition: number;
  /** Sorted, without duplicates. */
  readonly rows: SealRows;
  readonly duplicates: number;
  readonly rejects: readonly Reject[];
}
