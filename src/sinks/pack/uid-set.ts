import type { IndexColumns } from '../format/index-columns.ts';
import { uidStart } from '../format/index-columns.ts';

/**
 * Tells which uids of a shard stand in it already: open addressing over positions, because a set of a hundred
 * thousand strings would cost ten times the memory and several times the time.
 */
export class UidSet {
  readonly #columns: IndexColumns;
  /** Position + 1; 0 is empty. At most half full. */
  readonly #slots: Uint32Array;
  readonly #mask: number;

  constructor(columns: IndexColumns) {
    this.#columns = columns;
    const size = 2 ** Math.ceil(Math.log2(Math.max(4, columns.count * 2)));
    this.#slots = new Uint32Array(size);
    this.#mask = size - 1;
  }

  /** Adds the uid at a position. @returns true when an equal one was there. */
  add(position: number): boolean {
    let slot = this.#hash(position) & this.#mask;
    for (; this.#slots[slot] !== 0; slot = (slot + 1) & this.#mask)
      if (this.#equal(this.#slots[slot]! - 1, position)) return true;
    this.#slots[slot] = position + 1;
    return false;
  }

  /** FNV-1a, with its high bits folded down. */
  #hash(position: number): number {
    const { uidBytes, uidEnds } = this.#columns;
    const end = uidEnds[position]!;
    let hash = 0x811c9dc5;
    for (let i = uidStart(this.#columns, position); i < end; i++)
      hash = Math.imul(hash ^ uidBytes[i]!, 0x01000193);
    return (hash ^ (hash >>> 15)) >>> 0;
  }

  #equal(a: number, b: number): boolean {
    const { uidBytes, uidEnds } = this.#columns;
    let i = uidStart(this.#columns, a);
    let j = uidStart(this.#columns, b);
    if (uidEnds[a]! - i !== uidEnds[b]! - j) return false;
    for (const end = uidEnds[a]!; i < end; i++, j++) if (uidBytes[i] !== uidBytes[j]) return false;
    return true;
  }
}
