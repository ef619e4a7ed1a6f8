import type { Micros } from '../../model/micros.ts';

/** A row as the archive knows it: from the index of a shard, or from the list of rejects of a manifest. */
export interface ArchivedRow {
  readonly createdAt: Micros;
  /** A view into the index. */
  readonly uidBytes: Buffer;
  /** Name of the shard; null for a reject. */
  readonly shard: string | null;
  /** Of the file as it was packed (with `payload: row`: of the line). */
  readonly sizeBytes: number;
  /** Of the file; null for a reject and with `payload: row`. */
  readonly sha256: Buffer | null;
  /** The row's JSON without a line end, a view; null for a reject and where it is not read: with `payload: row`, or for keys only. */
  readonly line: Buffer | null;
}

/** The times `(from, to]`. */
export interface TimeRange {
  readonly from: Micros;
  readonly to: Micros;
}

/** The order of a shard's rows: created_at, then the uid's bytes. */
export function compareRowPlaces(
  a: Pick<ArchivedRow, 'createdAt' | 'uidBytes'>,
  b: Pick<ArchivedRow, 'createdAt' | 'uidBytes'>,
): number {
  return a.createdAt - b.createdAt || a.uidBytes.compare(b.uidBytes);
}
