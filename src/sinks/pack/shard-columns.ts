import type { SealRows } from '../../model/seal.ts';
import { copyShort } from '../format/copy-short.ts';
import type { IndexColumns } from '../format/index-columns.ts';

const UID_BYTES_GUESS = 40;

/** The index of a shard while it is packed. Times and uids are added row by row, just before the row's frame is planned. */
export class ShardColumns implements IndexColumns {
  readonly count: number;
  readonly createdAt: Float64Array;
  readonly frame: Uint32Array;
  readonly frameOffset: Uint32Array;
  readonly sizeBytes: Float64Array;
  readonly sha256: Buffer | null;
  uidBytes: Buffer;
  readonly uidEnds: Uint32Array;
  #uidEnd = 0;

  constructor(options: { readonly count: number; readonly digests: boolean }) {
    const { count } = options;
    this.count = count;
    this.createdAt = new Float64Array(count);
    this.frame = new Uint32Array(count);
    this.frameOffset = new Uint32Array(count);
    this.sizeBytes = new Float64Array(count);
    this.sha256 = options.digests ? Buffer.alloc(32 * count) : null;
    this.uidBytes = Buffer.allocUnsafeSlow(count * UID_BYTES_GUESS);
    this.uidEnds = new Uint32Array(count);
  }

  /** Adds the time and the uid of a row; to be called for each index in turn. */
  add(index: number, rows: SealRows, position: number): void {
    const { memory, uidAt, locationAt } = rows.bytes(position);
    const end = this.#uidEnd + locationAt - uidAt;
    if (end > this.uidBytes.length) this.#grow(end);
    copyShort({ bytes: memory, from: uidAt, to: locationAt }, this.uidBytes, this.#uidEnd);
    this.#uidEnd = this.uidEnds[index] = end;
    this.createdAt[index] = rows.createdAt(position);
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, Math.ceil(this.uidBytes.length * 1.5)));
    this.uidBytes.copy(larger, 0, 0, this.#uidEnd);
    this.uidBytes = larger;
  }
}
