import type { Micros } from '../../model/micros.ts';
import type { Offset } from '../../model/offset.ts';
import type { RejectReason } from '../../model/row.ts';

/** One row or record that was not archived, wherever it is listed. */
export interface RejectEntry {
  readonly table: string;
  readonly partition: number;
  /** Where the record stands in the table's topic; null when the row never stood there. */
  readonly offset: Offset | null;
  readonly uid: string | null;
  readonly createdAt: Micros | null;
  readonly fileLocation: string | null;
  readonly reason: RejectReason;
  readonly detail: string;
  /** The manifest that lists it; null for a record that no window could take. */
  readonly manifestName: string | null;
  /** `archived`: a shard holds the row by now. */
  readonly state: 'open' | 'archived';
}

export interface RejectQuery {
  readonly table?: string;
  /** Exclusive bound of created_at. */
  readonly from?: Micros;
  /** Inclusive bound of created_at. */
  readonly to?: Micros;
  readonly reason?: RejectReason;
  readonly uids?: ReadonlySet<string>;
}

/** A record without a created_at is found only by a query that asks for no time. */
export function matches(entry: Omit<RejectEntry, 'state'>, query: RejectQuery): boolean {
  const { table, from, to, reason, uids } = query;
  const { createdAt } = entry;
  if (table !== undefined && entry.table !== table) return false;
  if (reason !== undefined && entry.reason !== reason) return false;
  if (uids !== undefined && (entry.uid === null || !uids.has(entry.uid))) return false;
  if (from !== undefined && (createdAt === null || createdAt <= from)) return false;
  return to === undefined || (createdAt !== null && createdAt <= to);
}
