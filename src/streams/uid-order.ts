import { placeOf } from './byte-arena.ts';
import type { ByteArena } from './byte-arena.ts';
import type { KeySorter, Run } from './key-sorter.ts';
import type { RowColumns } from './row-columns.ts';

/** Up to here comparing pairs is faster than sorting keys. */
const SMALL_RUN = 24;

/** The order of uids as UTF-8 bytes, a shorter one before those it begins. */
export class UidOrder {
  readonly #columns: RowColumns;
  readonly #arena: ByteArena;

  constructor(rows: { readonly columns: RowColumns; readonly arena: ByteArena }) {
    this.#columns = rows.columns;
    this.#arena = rows.arena;
  }

  /** Negative when the uid of row `a` comes first, 0 when they are equal. */
  compare(a: number, b: number): number {
    const { uidBytes } = this.#columns;
    const common = this.#commonBytes(a, b);
    if (common === uidBytes[a] || common === uidBytes[b]) return uidBytes[a]! - uidBytes[b]!;
    return this.#byteAt(a, common) - this.#byteAt(b, common);
  }

  /** Sorts each run (rows in order of arrival) by uid; equal uids stay in order of arrival. */
  sortRuns(sorting: { order: Uint32Array; runs: readonly Run[]; sorter: KeySorter }): void {
    const { order, sorter } = sorting;
    // A stack of our own: uids that share long beginnings would make recursion as deep as they are long.
    const waiting = sorting.runs.map((run) => ({ ...run, depth: 0 }));
    for (let run = waiting.pop(); run !== undefined; run = waiting.pop()) {
      if (run.to - run.from <= SMALL_RUN) {
        this.#insertionSort(order, run);
        continue;
      }
      const { shared, longest } = this.#measure(order, run);
      if (shared >= longest) continue; // all equal
      if (run.depth >= longest) {
        // Equal but for NULs at their ends: there is nothing left to compare but the length.
        sorter.sort({ ...run, key: (row) => this.#columns.uidBytes[row]! });
        continue;
      }
      const from = Math.max(run.depth, shared);
      const width = keyBytes(sorter.keyLimit);
      const runs = sorter.sort({ ...run, key: (row) => this.#keyAt(row, { from, width }) });
      for (const equal of runs) waiting.push({ ...equal, depth: from + width });
    }
  }

  #insertionSort(order: Uint32Array, { from, to }: Run): void {
    for (let i = from + 1; i < to; i++) {
      const row = order[i]!;
      let at = i;
      while (at > from && this.compare(order[at - 1]!, row) > 0) {
        order[at] = order[at - 1]!;
        at--;
      }
      order[at] = row;
    }
  }

  /** The bytes that all uids of a run begin with, and the length of the longest. */
  #measure(order: Uint32Array, { from, to }: Run): { shared: number; longest: number } {
    const { uidBytes } = this.#columns;
    const first = order[from]!;
    let shared = uidBytes[first]!;
    let longest = shared;
    for (let i = from + 1; i < to; i++) {
      const row = order[i]!;
      longest = Math.max(longest, uidBytes[row]!);
      shared = Math.min(shared, this.#commonBytes(first, row, shared));
    }
    return { shared, longest };
  }

  /** `width` bytes of a uid as a number, zeros past its end. */
  #keyAt(row: number, part: { from: number; width: number }): number {
    const address = this.#columns.address[row]!;
    const chunk = this.#arena.chunkAt(address);
    const start = placeOf(address);
    const end = start + this.#columns.uidBytes[row]!;
    let key = 0;
    for (let at = start + part.from; at < start + part.from + part.width; at++) {
      key = key * 256 + (at < end ? chunk[at]! : 0);
    }
    return key;
  }

  #commonBytes(a: number, b: number, most = Number.POSITIVE_INFINITY): number {
    const { address, uidBytes } = this.#columns;
    const [chunkA, chunkB] = [this.#arena.chunkAt(address[a]!), this.#arena.chunkAt(address[b]!)];
    const [startA, startB] = [placeOf(address[a]!), placeOf(address[b]!)];
    const end = Math.min(uidBytes[a]!, uidBytes[b]!, most);
    let at = 0;
    while (at < end && chunkA[startA + at] === chunkB[startB + at]) at++;
    return at;
  }

  #byteAt(row: number, at: number): number {
    const address = this.#columns.address[row]!;
    return this.#arena.chunkAt(address)[placeOf(address) + at]!;
  }
}

/** Whole bytes that a key below `limit` can hold. */
function keyBytes(limit: number): number {
  return Math.floor(Math.log2(limit) / 8);
}
