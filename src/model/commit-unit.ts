import type { Micros } from './micros.ts';
import type { Offset } from './offset.ts';
import type { Progress } from './progress.ts';
import type { Reject } from './row.ts';
import type { SealRows } from './seal.ts';
import type { SealKind } from './shard.ts';
import type { Window } from './window.ts';

/**
 * Everything that one commit makes true: the worker seals `seals` in order, then commits events, rejects and
 * progress in one Kafka transaction. After every unit no late row is left unsealed.
 */
export interface CommitUnit {
  /** Supplements first, then early parts or the window; empty when only the watermark moves. */
  readonly seals: readonly SealUnit[];
  /** Records since the unit before that can never be archived; those found by the sinks come on top. */
  readonly rejects: readonly Reject[];
  /** Rows received since the unit before that stand in no seal: the `isRow` ones among `rejects`. */
  readonly rejectedRows: number;
  /** Rows that came although no mark counted them (an at-least-once source): reported, never dropped. */
  readonly surplusRows: number;
  /** What the group's offset says afterwards. The worker fills in `epoch`, `rowsSealed` and the early windows' `parts`. */
  readonly progress: UnitProgress;
  /** For metrics: what is still open after this unit. */
  readonly open: { readonly windows: number; readonly rows: number };
}

export interface UnitProgress {
  readonly offset: Offset;
  readonly watermark: Micros;
  readonly position: Offset;
  readonly audit: Progress['audit'];
  /** Windows still open of which early parts are sealed, with the position up to which they are. */
  readonly early: readonly { readonly end: Micros; readonly position: Offset }[];
}

export interface SealUnit {
  readonly kind: SealKind;
  readonly window: Window;
  /** Offset of the first row; names early and late seals. */
  readonly firstOffset: Offset;
  readonly lastOffset: Offset;
  /** Rows as they came: `rows.count + duplicates`. */
  readonly received: number;
  /** Those of `received` that were sent again after a reject: no mark counts them. */
  readonly retried: number;
  readonly duplicates: number;
  /** Sorted by (created_at, uid bytes), duplicates removed. */
  readonly rows: SealRows;
  /** True when uids may stand in committed shards of this window already: late rows, and windows with early parts. */
  readonly dropCommitted: boolean;
}
