import { murmur2 } from '../../model/partition.ts';
import type { SealRows } from '../../model/seal.ts';
import { uidToBytes } from '../format/uid-bytes.ts';

/**
 * Finds the rows of a seal by (uid, created_at): open addressing over row numbers, because a map of two million
 * strings would cost ten times the memory.
 */
export class RowTable {
  readonly #rows: SealRows;
  /** Row number + 1; 0 is empty. At most half full. */
  readonly #slots: Uint32Array;
  readonly #mask: number;

  constructor(rows: SealRows) {
    this.#rows = rows;
    const size = 2 ** Math.ceil(Math.log2(Math.max(4, rows.count * 2)));
    this.#slots = new Uint32Array(size);
    this.#mask = size - 1;
    for (let i = 0; i < rows.count; i++) {
      let slot = this.#slotOf(uidToBytes(rows.uid(i)), rows.createdAt(i));
      while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
      this.#slots[slot] = i + 1;
    }
  }

  /** @returns the row's number, or -1. */
  find(uid: Uint8Array, createdAt: number): number {
    let slot = this.#slotOf(uid, createdAt);
    for (; this.#slots[slot] !== 0; slot = (slot + 1) & this.#mask) {
      const row = this.#slots[slot]! - 1;
      if (this.#rows.createdAt(row) === createdAt && uidToBytes(this.#rows.uid(row)).equals(uid)) return row;
    }
    return -1;
  }

  #slotOf(uid: Uint8Array, createdAt: number): number {
    return (murmur2(uid) ^ Math.imul(createdAt % 0x7fffffff, 0x9e3779b1)) & this.#mask;
  }
}
