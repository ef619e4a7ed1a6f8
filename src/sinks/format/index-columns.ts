import type { Micros } from '../../model/micros.ts';

/** One file of a shard (of a `payload: row` shard: one line), as the index knows it. */
export interface IndexEntry {
  readonly uid: string;
  readonly createdAt: Micros;
  /** Number of the zstd frame in which the content begins. */
  readonly frame: number;
  /** Where the content begins in that frame, past its headers. A longer content goes on in the next frames. */
  readonly frameOffset: number;
  readonly sizeBytes: number;
  /** Of the file; null for a line of `payload: row`, which the digest of all rows covers. */
  readonly sha256: Buffer | null;
}

/** Index entries column by column: a hundred thousand objects would cost more memory than the frames in flight. */
export interface IndexColumns {
  readonly count: number;
  readonly createdAt: Float64Array;
  readonly frame: Uint32Array;
  readonly frameOffset: Uint32Array;
  readonly sizeBytes: Float64Array;
  /** 32 bytes an entry, or null in `payload: row`. */
  readonly sha256: Buffer | null;
  /** All uids, end to end; there may be room behind the last one. */
  readonly uidBytes: Buffer;
  /** Where each uid ends in `uidBytes`; it begins where the one before it ends. */
  readonly uidEnds: Uint32Array;
}

/** Bytes of a sha256. */
export const DIGEST_BYTES = 32;

/**
 * Columns of so many entries, their numbers still to be put in. Made here alone and without spreads: what works on them
 * then always sees the same form, and V8 compiles it once.
 */
export function newColumns(
  count: number,
  { sha256, uidBytes }: Pick<IndexColumns, 'sha256' | 'uidBytes'>,
): IndexColumns {
  return {
    count,
    createdAt: new Float64Array(count),
    frame: new Uint32Array(count),
    frameOffset: new Uint32Array(count),
    sizeBytes: new Float64Array(count),
    sha256,
    uidBytes,
    uidEnds: new Uint32Array(count),
  };
}

export function uidStart(columns: IndexColumns, position: number): number {
  return position === 0 ? 0 : columns.uidEnds[position - 1]!;
}

/** Bytes of one uid, a view. */
export function uidAt(columns: IndexColumns, position: number): Buffer {
  return columns.uidBytes.subarray(uidStart(columns, position), columns.uidEnds[position]);
}

/** Compares two uids by their bytes, one by one: in an index neighbours differ early, and a native call costs more. */
export function compareUids(columns: IndexColumns, a: number, b: number): number {
  const { uidBytes, uidEnds } = columns;
  const from = uidStart(columns, a);
  const other = uidStart(columns, b);
  const length = uidEnds[a]! - from;
  const otherLength = uidEnds[b]! - other;
  const common = Math.min(length, otherLength);
  for (let i = 0; i < common; i++) {
    const difference = uidBytes[from + i]! - uidBytes[other + i]!;
    if (difference !== 0) return difference;
  }
  return length - otherLength;
}
