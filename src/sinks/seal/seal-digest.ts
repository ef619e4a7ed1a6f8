import { createHash } from 'node:crypto';
import type { SealRows } from '../../model/seal.ts';
import { copyShort } from '../format/copy-short.ts';

const BUFFER_BYTES = 256 * 1024;
const HEADER_BYTES = 16;

/**
 * sha256 of a seal's input, as lower-case hex: for each row, in order, created_at (i64 LE), length of uid and
 * line (u32 LE each), uid, line. A replay knows its own work by it.
 *
 * It can be computed bit by bit while the workers pack, because nobody needs it before the manifest is written.
 */
export class SealDigest {
  readonly #rows: SealRows;
  readonly #hash = createHash('sha256');
  #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #at = 0;
  #next = 0;
  #value: string | undefined;

  constructor(rows: SealRows) {
    this.#rows = rows;
  }

  /** Takes in at most so many more rows. */
  advance(rowsMax: number): void {
    const end = Math.min(this.#rows.count, this.#next + rowsMax);
    while (this.#next < end) this.#take(this.#next++);
  }

  /** Takes in the rest. */
  value(): string {
    if (this.#value === undefined) {
      this.advance(this.#rows.count);
      this.#value = this.#hash.update(this.#buffer.subarray(0, this.#at)).digest('hex');
    }
    return this.#value;
  }

  #take(index: number): void {
    const { memory, uidAt, locationAt, lineAt, end } = this.#rows.bytes(index);
    const uidBytes = locationAt - uidAt;
    const lineBytes = end - lineAt;
    this.#reserve(HEADER_BYTES + uidBytes + lineBytes);
    const buffer = this.#buffer;
    const at = this.#at;
    const createdAt = this.#rows.createdAt(index);
    const upper = Math.floor(createdAt / 2 ** 32);
    buffer.writeUInt32LE(createdAt - upper * 2 ** 32, at);
    buffer.writeInt32LE(upper, at + 4);
    buffer.writeUInt32LE(uidBytes, at + 8);
    buffer.writeUInt32LE(lineBytes, at + 12);
    copyShort({ bytes: memory, from: uidAt, to: locationAt }, buffer, at + HEADER_BYTES);
    memory.copy(buffer, at + HEADER_BYTES + uidBytes, lineAt, end);
    this.#at = at + HEADER_BYTES + uidBytes + lineBytes;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    this.#hash.update(this.#buffer.subarray(0, this.#at));
    this.#at = 0;
    if (bytes > this.#buffer.length) this.#buffer = Buffer.allocUnsafeSlow(bytes);
  }
}
