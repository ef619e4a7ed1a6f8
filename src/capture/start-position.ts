import { TidemarkError } from '../base/errors.ts';
import type { CapturePosition, SnapshotState } from '../model/capture-position.ts';
import { formatLsn, lsn } from '../model/lsn.ts';
import type { Lsn } from '../model/lsn.ts';
import type { PublishedRelation } from './publication.ts';

/** What the server has for us when a session begins. */
export interface ServerState {
  /** Transactions that committed before it do not come out of the slot. */
  readonly confirmedLsn: Lsn;
  /** End of the server's WAL. */
  readonly walEndLsn: Lsn;
  /** By `schema.name`. */
  readonly published: ReadonlyMap<string, PublishedRelation>;
}

/** Rows of this table may have been inserted that never come out of the slot. */
export interface Gap {
  readonly table: string;
  /** What was made anew or altered: the slot, or the publication or the table's entry in it. */
  readonly cause: 'slot' | 'publication';
  /** Everything that committed up to here is captured. */
  readonly capturedLsn: Lsn;
}

export interface Start {
  readonly position: CapturePosition;
  readonly gaps: readonly Gap[];
  /** True when marks begin anew: rows that were sent since the last one are then in nobody's count. */
  readonly isCountAnew: boolean;
}

/**
 * Where a new owner begins.
 *
 * The slot is only ever told what the log has, so it can never stand ahead of the position. When it does, it was
 * made anew (after it was lost) or somebody else has read it, and rows in between were not captured. The same
 * holds for a table whose place in the publication was made anew. Such tables are read again above archived_until,
 * and what comes twice is removed.
 *
 * Behind a slot that stands ahead marks begin anew, as on the first start: a position that a broker gave back from before
 * an earlier loss would go on far above the last mark in the log.
 *
 * @param committed what the last owner committed; null on the first start.
 * @throws TidemarkError ERR_WAL_REWOUND when the server's WAL ends before the position.
 */
export function computeStart(committed: CapturePosition | null, server: ServerState): Start {
  const { confirmedLsn } = server;
  const beforeSlot = lsn(confirmedLsn > 0n ? confirmedLsn - 1n : 0n);
  if (committed === null) {
    const position = { lsn: beforeSlot, ordinal: 0, epoch: 1, sequence: 0, time: null, snapshots: new Map() };
    return { position, gaps: [], isCountAnew: true };
  }
  if (committed.lsn > server.walEndLsn) throw rewound(committed.lsn, server.walEndLsn);
  const isSlotAhead = committed.lsn < beforeSlot;
  const gaps: Gap[] = [];
  const snapshots = new Map<string, SnapshotState>();
  for (const [table, state] of committed.snapshots) {
    // A table that is no longer asked for keeps what is known of it.
    const published = server.published.get(table)?.identity ?? state.published;
    const isOther = state.published !== null && state.published !== published;
    const cause = isSlotAhead ? 'slot' : isOther ? 'publication' : null;
    if (cause !== null) gaps.push({ table, cause, capturedLsn: committed.lsn });
    snapshots.set(table, {
      ...state,
      published,
      ...(cause === null ? {} : { done: false, key: null, legs: [], rows: 0, floor: committed.time }),
    });
  }
  const place = isSlotAhead ? { lsn: beforeSlot, ordinal: 0, sequence: 0 } : {};
  const position = { ...committed, ...place, epoch: committed.epoch + 1, snapshots };
  return { position, gaps, isCountAnew: isSlotAhead };
}

function rewound(captured: Lsn, end: Lsn): TidemarkError {
  return new TidemarkError('ERR_WAL_REWOUND', {
    detail: `captured up to ${formatLsn(captured)}, but the server's WAL ends at ${formatLsn(end)}`,
  });
}
