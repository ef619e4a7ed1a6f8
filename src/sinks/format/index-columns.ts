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
  /** All uids, end to end. */
  readonly uidBytes: Buffer;
  /** Where each uid ends in `uidBytes`; it begins where the one before it ends. */
  readonly uidEnds: Uint32Array;
}

export function uidStart(columns: IndexColumns, position: number): number {
  return position === 0 ? 0 : columns.uidEnds[position - 1]!;
}

/** Bytes of one uid, a view. */
export function uidAt(columns: IndexColumns, position: number): Buffer {
  return columns.uidBytes.subarray(uidStart(columns, position), columns.uidEnds[position]);
}

/** Positions of the entries in the order of the index: by uid bytes, then created_at. */
export function indexOrder(columns: IndexColumns): Uint32Array {
  const order = new Uint32Array(columns.count);
  const prefixes = new Float64Array(columns.count);
  for (let i = 0; i < columns.count; i++) {
    order[i] = i;
    prefixes[i] = prefixOf(columns, i);
  }
  return order.sort((a, b) => {
    const difference = prefixes[a]! - prefixes[b]!;
    if (difference !== 0) return difference;
    return compareUids(columns, a, b) || columns.createdAt[a]! - columns.createdAt[b]!;
  });
}

/** The first six bytes as a number, so that most comparisons never touch the bytes. */
function prefixOf(columns: IndexColumns, position: number): number {
  const start = uidStart(columns, position);
  const end = columns.uidEnds[position]!;
  let prefix = 0;
  for (let i = start; i < start + 6; i++) prefix = prefix * 256 + (i < end ? columns.uidBytes[i]! : 0);
  return prefix;
}

function compareUids(columns: IndexColumns, a: number, b: number): number {
  return columns.uidBytes.compare(
    columns.uidBytes,
    uidStart(columns, b),
    columns.uidEnds[b],
    uidStart(columns, a),
    columns.uidEnds[a],
  );
}
