import type { RowEntry } from '../model/row.ts';

const FIRST_CAPACITY = 8;
/** Less than double: a large window would otherwise hold as much unused as used. */
const GROWTH = 1.5;
/** Stands for "no location"; no text is that long. */
export const ABSENT = 0xffff_ffff;

/**
 * The numbers of a window's rows, one typed array each, in the order in which the rows came.
 *
 * `address` points at the uid's bytes in the arena; the location and the line follow it.
 */
export class RowColumns {
  count = 0;
  createdAt = new Float64Array(FIRST_CAPACITY);
  offset = new Float64Array(FIRST_CAPACITY);
  /** NaN where the row does not say it. */
  sizeBytes = new Float64Array(FIRST_CAPACITY);
  address = new Float64Array(FIRST_CAPACITY);
  uidBytes = new Uint32Array(FIRST_CAPACITY);
  /** {@link ABSENT} where there is none. */
  locationBytes = new Uint32Array(FIRST_CAPACITY);
  lineBytes = new Uint32Array(FIRST_CAPACITY);

  get allocatedBytes(): number {
    return this.createdAt.length * (4 * 8 + 3 * 4);
  }

  add(added: { row: RowEntry; address: number; uidBytes: number; locationBytes: number }): void {
    if (this.count === this.createdAt.length) this.#grow();
    const { row } = added;
    const at = this.count++;
    this.createdAt[at] = row.createdAt;
    this.offset[at] = row.offset;
    this.sizeBytes[at] = row.sizeBytes ?? Number.NaN;
    this.address[at] = added.address;
    this.uidBytes[at] = added.uidBytes;
    this.locationBytes[at] = row.fileLocation === null ? ABSENT : added.locationBytes;
    this.lineBytes[at] = row.line.length;
  }

  #grow(): void {
    const capacity = Math.ceil(this.count * GROWTH);
    this.createdAt = grownDoubles(this.createdAt, capacity);
    this.offset = grownDoubles(this.offset, capacity);
    this.sizeBytes = grownDoubles(this.sizeBytes, capacity);
    this.address = grownDoubles(this.address, capacity);
    this.uidBytes = grownIntegers(this.uidBytes, capacity);
    this.locationBytes = grownIntegers(this.locationBytes, capacity);
    this.lineBytes = grownIntegers(this.lineBytes, capacity);
  }
}

function grownDoubles(column: Float64Array, capacity: number): Float64Array<ArrayBuffer> {
  const grown = new Float64Array(capacity);
  grown.set(column);
  return grown;
}

function grownIntegers(column: Uint32Array, capacity: number): Uint32Array<ArrayBuffer> {
  const grown = new Uint32Array(capacity);
  grown.set(column);
  return grown;
}
