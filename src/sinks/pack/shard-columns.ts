import type { SealRows } from '../../model/seal.ts';
import type { IndexColumns } from '../format/index-columns.ts';
import { uidToBytes } from '../format/uid-bytes.ts';

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
    const uid = rows.uid(position);
    const end = this.#uidEnd;
    // No character takes more than three bytes for each of its UTF-16 units.
    if (end + uid.length * 3 > this.uidBytes.length) this.#grow(end + uid.length * 3);
    const bytes = this.uidBytes.write(uid, end, 'utf8');
    // As many bytes as characters is ASCII; anything else may hold a surrogate without its partner.
    this.#uidEnd += bytes === uid.length ? bytes : uidToBytes(uid).copy(this.uidBytes, end);
    this.uidEnds[index] = this.#uidEnd;
    this.createdAt[index] = rows.createdAt(position);
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, Math.ceil(this.uidBytes.length * 1.5)));
    this.uidBytes.copy(larger, 0, 0, this.#uidEnd);
    this.uidBytes = larger;
  }
}
