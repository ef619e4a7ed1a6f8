import { assert } from '../../base/assert.ts';
import { FILES_FOLDER } from './member-name.ts';

export const TAR_BLOCK_BYTES = 512;
/** Of the name field. */
export const NAME_BYTES_MAX = 100;
/** Eleven octal digits. */
export const NUMBER_MAX = 8 ** 11 - 1;

interface UstarFields {
  readonly path: string;
  readonly sizeBytes: number;
  readonly mtimeSeconds: number;
  readonly type: '0' | 'x';
}

/** What all headers share: mode 0644, owner 0:0, no devices; spaces where the checksum goes, as its rule asks. */
const TEMPLATE = Buffer.alloc(TAR_BLOCK_BYTES);
TEMPLATE.write('0000644\x000000000\x000000000\x00', 100, 'latin1');
TEMPLATE.write('        ', 148, 'latin1');
TEMPLATE.write('ustar\x0000', 257, 'latin1');
TEMPLATE.write('0000000\x000000000\x00', 329, 'latin1');
/** The same with `files/` where the name goes. */
const PLAIN_TEMPLATE = Buffer.from(TEMPLATE);
PLAIN_TEMPLATE.write(FILES_FOLDER, 0, 'latin1');
const TEMPLATE_SUM = sumOf(TEMPLATE);
const PLAIN_TEMPLATE_SUM = sumOf(PLAIN_TEMPLATE);

/** A member `files/<uid>` with a uid that isPlainUid takes and numbers that fit. */
export interface PlainMember {
  readonly uidBytes: Uint8Array;
  readonly from: number;
  readonly to: number;
  readonly sizeBytes: number;
  readonly mtimeSeconds: number;
}

/**
 * The block that {@link writeUstar} writes for the usual member, without a text for its name. Both sum while they write:
 * with two hundred thousand small files a header costs as much as a system call.
 *
 * @returns the position after it.
 */
export function writePlainHeader(target: Buffer, at: number, member: PlainMember): number {
  const { uidBytes, from, to, sizeBytes, mtimeSeconds } = member;
  const name = at + FILES_FOLDER.length;
  assert(at + TAR_BLOCK_BYTES <= target.length, 'a tar header must fit its buffer');
  assert(to - from <= NAME_BYTES_MAX - FILES_FOLDER.length, 'a plain name must fit its field');
  target.set(PLAIN_TEMPLATE, at);
  let sum = PLAIN_TEMPLATE_SUM;
  for (let i = from; i < to; i++) sum += target[name + i - from] = uidBytes[i]!;
  return writeNumbers(target, at, { sizeBytes, mtimeSeconds, type: '0' }, sum);
}

/** @returns the position after it. */
export function writeUstar(target: Buffer, at: number, fields: UstarFields): number {
  target.set(TEMPLATE, at);
  const { path } = fields;
  let sum = TEMPLATE_SUM;
  if (path.length <= NAME_BYTES_MAX) {
    sum += writeAscii(target, at, path);
  } else {
    const slash = path.indexOf('/');
    sum += writeAscii(target, at, path.slice(slash + 1));
    sum += writeAscii(target, at + 345, path.slice(0, slash));
  }
  return writeNumbers(target, at, fields, sum);
}

/** The rest of a block whose names stand. @param sumBefore of the bytes that stand. */
function writeNumbers(
  target: Buffer,
  at: number,
  fields: Omit<UstarFields, 'path'>,
  sumBefore: number,
): number {
  const type = fields.type.charCodeAt(0);
  let sum = sumBefore + type;
  sum += writeOctal(target, at + 124, 11, fields.sizeBytes);
  sum += writeOctal(target, at + 136, 11, fields.mtimeSeconds);
  target[at + 156] = type;
  writeOctal(target, at + 148, 6, sum);
  target[at + 154] = 0;
  return at + TAR_BLOCK_BYTES;
}

/** @returns the sum of the bytes. */
function writeAscii(target: Buffer, at: number, text: string): number {
  let sum = 0;
  for (let i = 0; i < text.length; i++) sum += target[at + i] = text.charCodeAt(i);
  return sum;
}

/** Below this a number's digits can be taken by shifting, several times faster than by dividing. */
const SHIFTABLE_MAX = 2 ** 31;

/** @returns the sum of the bytes. */
function writeOctal(target: Buffer, at: number, digits: number, value: number): number {
  let sum = 0;
  let rest = value;
  let i = at + digits - 1;
  for (; rest >= SHIFTABLE_MAX; i--) {
    const next = Math.floor(rest / 8);
    sum += target[i] = 0x30 + rest - next * 8;
    rest = next;
  }
  for (let bits = rest | 0; i >= at; i--) {
    sum += target[i] = 0x30 | (bits & 7);
    bits >>>= 3;
  }
  return sum;
}

function sumOf(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => sum + byte, 0);
}
