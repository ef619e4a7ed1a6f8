import type { Micros } from '../model/micros.ts';
import type { Offset } from '../model/offset.ts';
import type { RowBytes, SealRows } from '../model/seal.ts';
import { placeOf } from './byte-arena.ts';
import type { ByteArena } from './byte-arena.ts';
import { ABSENT } from './row-columns.ts';
import type { RowColumns } from './row-columns.ts';

/** A closed window's rows, read in place: `order` maps the sorted position to the one in which the row came. */
export class BufferedRows implements SealRows {
  readonly #columns: RowColumns;
  readonly #arena: ByteArena;
  readonly #order: Uint32Array;
  /** One for all rows: an object a row would be most of what reading it costs. */
  readonly #bytes = { memory: Buffer.alloc(0) as Buffer, uidAt: 0, locationAt: 0, lineAt: 0, end: 0 };

  constructor(from: { columns: RowColumns; arena: ByteArena; order: Uint32Array }) {
    this.#columns = from.columns;
    this.#arena = from.arena;
    this.#order = from.order;
  }

  get count(): number {
    return this.#order.length;
  }

  createdAt(index: number): Micros {
    return this.#columns.createdAt[this.#row(index)] as Micros;
  }

  uid(index: number): string {
    const row = this.#row(index);
    return this.#arena.text(this.#columns.address[row]!, this.#columns.uidBytes[row]!);
  }

  fileLocation(index: number): string | null {
    const row = this.#row(index);
    const byteCount = this.#columns.locationBytes[row]!;
    if (byteCount === ABSENT) return null;
    return this.#arena.text(this.#columns.address[row]! + this.#columns.uidBytes[row]!, byteCount);
  }

  sizeBytes(index: number): number | null {
    const size = this.#columns.sizeBytes[this.#row(index)]!;
    return Number.isNaN(size) ? null : size;
  }

  line(index: number): Uint8Array {
    const row = this.#row(index);
    const location = this.#columns.locationBytes[row]!;
    const before = this.#columns.uidBytes[row]! + (location === ABSENT ? 0 : location);
    return this.#arena.view(this.#columns.address[row]! + before, this.#columns.lineBytes[row]!);
  }

  bytes(index: number): RowBytes {
    const row = this.#row(index);
    const address = this.#columns.address[row]!;
    const location = this.#columns.locationBytes[row]!;
    const bytes = this.#bytes;
    bytes.memory = this.#arena.chunkAt(address);
    bytes.uidAt = placeOf(address);
    bytes.locationAt = bytes.uidAt + this.#columns.uidBytes[row]!;
    bytes.lineAt = bytes.locationAt + (location === ABSENT ? 0 : location);
    bytes.end = bytes.lineAt + this.#columns.lineBytes[row]!;
    return bytes;
  }

  offset(index: number): Offset {
    return this.#columns.offset[this.#row(index)] as Offset;
  }

  #row(index: number): number {
    const row = this.#order[index];
    if (row === undefined) throw new RangeError(`no row ${index} of ${this.count}`);
    return row;
  }
}
