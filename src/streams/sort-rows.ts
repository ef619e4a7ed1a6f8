import type { ByteArena } from './byte-arena.ts';
import type { RowColumns } from './row-columns.ts';
import { KeySorter } from './key-sorter.ts';
import { UidOrder } from './uid-order.ts';

/**
 * The sorted order of a window's rows: by created_at, then by uid as UTF-8 bytes; of rows equal in both only the one
 * that came first stays.
 *
 * A comparison function costs a million rows several seconds, so numbers are sorted as numbers: created_at first,
 * then, where rows share it (one transaction stamps all its rows alike), the uid a few bytes at a time.
 *
 * @returns positions in order of arrival, in sorted order.
 */
export function sortRows(rows: { readonly columns: RowColumns; readonly arena: ByteArena }): Uint32Array {
  const { count, createdAt } = rows.columns;
  const uids = new UidOrder(rows);
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  if (isSorted({ createdAt, uids, count })) return withoutDuplicates({ order, createdAt, uids });

  const sorter = new KeySorter(order);
  const least = minimum(createdAt, count);
  const runs = sorter.sort({ from: 0, to: count, key: (row) => createdAt[row]! - least });
  uids.sortRuns({ order, runs, sorter });
  return withoutDuplicates({ order, createdAt, uids });
}

function isSorted(rows: { createdAt: Float64Array; uids: UidOrder; count: number }): boolean {
  const { createdAt, uids, count } = rows;
  for (let i = 1; i < count; i++) {
    if (createdAt[i]! < createdAt[i - 1]!) return false;
    if (createdAt[i] === createdAt[i - 1] && uids.compare(i - 1, i) > 0) return false;
  }
  return true;
}

function minimum(column: Float64Array, count: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < count; i++) if (column[i]! < least) least = column[i]!;
  return least;
}

/** Equal rows stand side by side, the earliest first. */
function withoutDuplicates(sorted: {
  order: Uint32Array;
  createdAt: Float64Array;
  uids: UidOrder;
}): Uint32Array {
  const { order, createdAt, uids } = sorted;
  let kept = 0;
  for (let i = 0; i < order.length; i++) {
    const row = order[i]!;
    const last = order[kept - 1];
    const isDuplicate =
      last !== undefined && createdAt[last] === createdAt[row] && uids.compare(last, row) === 0;
    if (!isDuplicate) order[kept++] = row;
  }
  return kept === order.length ? order : order.slice(0, kept);
}
