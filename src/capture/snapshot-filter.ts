import { compareRowKeys } from '../model/capture-position.ts';
import type { RowKey, SnapshotLeg, SnapshotState } from '../model/capture-position.ts';
import type { Lsn } from '../model/lsn.ts';

/**
 * True when the snapshot has already sent this row: the leg that covers its key was opened after the row's
 * transaction had committed. The last leg covers everything above its beginning. What the snapshot was not
 * asked for, rows at or below archived_until, must not be given here.
 */
export function isInSnapshot(legs: readonly SnapshotLeg[], key: RowKey, commitLsn: Lsn): boolean {
  for (let i = legs.length - 1; i >= 0; i--) {
    const leg = legs[i]!;
    if (leg.from === null || compareRowKeys(key, leg.from) > 0) return commitLsn < leg.consistentLsn;
  }
  return false;
}

/** Once the stream stands at or behind every leg, no leg can cover what follows. */
export function hasPassedLegs(legs: readonly SnapshotLeg[], commitLsn: Lsn): boolean {
  return legs.every(({ consistentLsn }) => commitLsn >= consistentLsn);
}

export function withoutLegs(state: SnapshotState): SnapshotState {
  return { ...state, legs: [] };
}
