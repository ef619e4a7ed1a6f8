import type { Lsn } from './lsn.ts';
import type { Micros } from './micros.ts';
import type { SourcePosition } from './source-position.ts';

/** How far capture has come, committed in the same Kafka transaction as the rows that it covers. */
export interface CapturePosition {
  /** Commit LSN of the transaction of the last row or mark. */
  readonly lsn: Lsn;
  /** Rows of that transaction that are sent: LSN alone is not a row's identity, (commit LSN, ordinal) is. */
  readonly ordinal: number;
  /** Counts the owners; each start takes the next one. */
  readonly epoch: number;
  /** Of the last mark sent; 0 where marks begin anew. */
  readonly sequence: number;
  /** T of the last mark; null before the first. */
  readonly time: Micros | null;
  /** By `schema.name`. A table without an entry has not been read yet. */
  readonly snapshots: ReadonlyMap<string, SnapshotState>;
  /** Of the topics that a connector writes, where one stands in for our own capture. */
  readonly sources?: readonly SourcePosition[];
}

/** How far the rows that existed before the stream have been read. */
export interface SnapshotState {
  readonly done: boolean;
  /** archived_until when it began: rows above are read; null for all. */
  readonly lowerBound: Micros | null;
  /** T of the table's last mark before it began; marks never go back below. */
  readonly floor: Micros | null;
  /** Time that no mark of the snapshot may pass: the first mark of the stream. */
  readonly cap: Micros;
  /** Key of the last row that was sent; null before the first. */
  readonly key: RowKey | null;
  /** In order of their keys; empty once the stream has passed them all. */
  readonly legs: readonly SnapshotLeg[];
  readonly rows: number;
  /** Identity of the table in the publication from which it streams; another one means rows in between are missing. */
  readonly published: string | null;
}

/** One exported snapshot and where reading under it began. It covers the keys from there to the next leg. */
export interface SnapshotLeg {
  /** Exclusive; null for the beginning. */
  readonly from: RowKey | null;
  /** Transactions that committed before this are in the snapshot, those at or after it are not. */
  readonly consistentLsn: Lsn;
}

/**
 * Order of the snapshot: created_at, then the uid's UTF-8 bytes. Rows whose created_at is NULL, infinite or
 * beyond {@link Micros} have `null` and come last.
 */
export interface RowKey {
  readonly createdAt: Micros | null;
  readonly uid: string;
}

export function compareRowKeys(a: RowKey, b: RowKey): number {
  if (a.createdAt !== b.createdAt) {
    if (a.createdAt === null) return 1;
    if (b.createdAt === null) return -1;
    return a.createdAt < b.createdAt ? -1 : 1;
  }
  return a.uid === b.uid ? 0 : Buffer.compare(Buffer.from(a.uid), Buffer.from(b.uid));
}

/** A mark on its way into every partition; the log adds what it counted there. */
export interface PendingMark {
  readonly epoch: number;
  readonly sequence: number;
  readonly lsn: Lsn;
  /** By `schema.name`; during a snapshot each table has its own time, and a table that has none gets no mark. */
  readonly tables: ReadonlyMap<string, { readonly time: Micros; readonly clock: Micros }>;
}
