import { MICROS_PER_SECOND } from '../../model/micros.ts';
import { uidStart } from '../format/index-columns.ts';
import type { IndexColumns } from '../format/index-columns.ts';
import { isPlainUid } from '../format/member-name.ts';
import { numbersFitUstar } from '../format/tar-header.ts';
import { TAR_BLOCK_BYTES, writePlainHeader } from '../format/ustar-block.ts';

/** The tar header of one usual member after another, in one place, behind zeros such as pad the content before it. */
export class PlainHeader {
  readonly #block = Buffer.alloc(2 * TAR_BLOCK_BYTES);

  /** The header of an entry. @returns false when it has another form. */
  write(columns: IndexColumns, at: number): boolean {
    const { uidBytes } = columns;
    const from = uidStart(columns, at);
    const to = columns.uidEnds[at]!;
    const sizeBytes = columns.sizeBytes[at]!;
    const mtimeSeconds = Math.floor(columns.createdAt[at]! / MICROS_PER_SECOND);
    if (!isPlainUid(uidBytes, from, to) || !numbersFitUstar(sizeBytes, mtimeSeconds)) return false;
    writePlainHeader(this.#block, TAR_BLOCK_BYTES, { uidBytes, from, to, sizeBytes, mtimeSeconds });
    return true;
  }

  /** True when `paddingBytes` zeros and the header end at `to` of the content. */
  standsBefore(content: Buffer, to: number, paddingBytes: number): boolean {
    const length = TAR_BLOCK_BYTES + paddingBytes;
    return content.compare(this.#block, TAR_BLOCK_BYTES - paddingBytes, undefined, to - length, to) === 0;
  }
}

const ZEROS = Buffer.alloc(TAR_BLOCK_BYTES);

/** @param to at most a block behind `from`. */
export function areZeros(content: Buffer, from: number, to: number): boolean {
  return content.compare(ZEROS, 0, to - from, from, to) === 0;
}
