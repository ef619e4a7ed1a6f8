import type { CapturePosition, SnapshotState } from '../model/capture-position.ts';
import { lsn } from '../model/lsn.ts';
import type { Lsn } from '../model/lsn.ts';

/**
 * Where a new owner begins.
 *
 * The slot is only ever told what the log has, so it can never stand ahead of the position. When it does, it was
 * made anew (after it was lost) and rows in between were not captured: the tables are read again above
 * archived_until, and what comes twice is removed.
 *
 * @param committed what the last owner committed; null on the first start.
 * @param confirmedLsn transactions that committed before it do not come out of the slot.
 */
export function computeStart(committed: CapturePosition | null, confirmedLsn: Lsn): CapturePosition {
  const beforeSlot = lsn(confirmedLsn > 0n ? confirmedLsn - 1n : 0n);
  if (committed === null) {
    return { lsn: beforeSlot, ordinal: 0, epoch: 1, sequence: 0, time: null, snapshots: new Map() };
  }
  const epoch = committed.epoch + 1;
  if (committed.lsn >= beforeSlot) return { ...committed, epoch };
  const snapshots = new Map<string, SnapshotState>();
  for (const [table, state] of committed.snapshots) {
    snapshots.set(table, { ...state, done: false, key: null, legs: [], rows: 0, floor: committed.time });
  }
  return { ...committed, lsn: beforeSlot, ordinal: 0, epoch, snapshots };
}
