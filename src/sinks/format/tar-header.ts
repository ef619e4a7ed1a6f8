import { assert } from '../../base/assert.ts';

export const TAR_BLOCK_BYTES = 512;
/** tar's end marker: two blocks of zeros. */
export const TAR_END_BYTES = 1024;
const NAME_BYTES_MAX = 100;
/** Eleven octal digits. */
const NUMBER_MAX = 8 ** 11 - 1;

/** What a header says of one member. */
export interface TarMember {
  /** Path in the archive, without a leading slash. */
  readonly path: string;
  /** ASCII path of at most 100 bytes for readers without pax; used only when ustar cannot hold `path`. */
  readonly fallbackPath: string;
  readonly sizeBytes: number;
  readonly mtimeSeconds: number;
}

/** Bytes of a member's content together with its padding. */
export function paddedBytes(sizeBytes: number): number {
  return Math.ceil(sizeBytes / TAR_BLOCK_BYTES) * TAR_BLOCK_BYTES;
}

/** True when no number of a member needs a pax record. */
export function numbersFitUstar(sizeBytes: number, mtimeSeconds: number): boolean {
  return sizeBytes <= NUMBER_MAX && timeFits(mtimeSeconds);
}

/** Bytes that {@link writeTarHeader} writes: one block, and a pax member before it where ustar cannot say it. */
export function tarHeaderBytes(member: TarMember): number {
  if (fitsUstar(member)) return TAR_BLOCK_BYTES;
  return 2 * TAR_BLOCK_BYTES + paddedBytes(paxRecords(member).length);
}

/**
 * Writes the header of a member: POSIX ustar, mode 0644, owner 0:0 without names; a pax header before it only
 * for a name that is not ASCII or too long, a size over 8 GiB − 1, or a time before 1970 or after 2242.
 *
 * @returns the position after it.
 */
export function writeTarHeader(member: TarMember, target: Buffer, at: number): number {
  assert(at + TAR_BLOCK_BYTES <= target.length, 'a tar header must fit its buffer');
  if (fitsUstar(member)) {
    const { path, sizeBytes, mtimeSeconds } = member;
    return writeUstar(target, at, { path, sizeBytes, mtimeSeconds, type: '0' });
  }
  const records = paxRecords(member);
  const padded = paddedBytes(records.length);
  assert(at + 2 * TAR_BLOCK_BYTES + padded <= target.length, 'a pax header must fit its buffer');
  const paxPath = `${member.path.startsWith('files/') ? 'files/' : ''}%pax`;
  const content = writeUstar(target, at, {
    path: paxPath,
    sizeBytes: records.length,
    mtimeSeconds: 0,
    type: 'x',
  });
  target.fill(0, content, content + padded);
  target.set(records, content);
  return writeUstar(target, content + padded, {
    path: ustarPathFits(member.path) ? member.path : member.fallbackPath,
    sizeBytes: member.sizeBytes > NUMBER_MAX ? 0 : member.sizeBytes,
    mtimeSeconds: timeFits(member.mtimeSeconds) ? member.mtimeSeconds : 0,
    type: '0',
  });
}

function fitsUstar(member: TarMember): boolean {
  return ustarPathFits(member.path) && numbersFitUstar(member.sizeBytes, member.mtimeSeconds);
}

function timeFits(seconds: number): boolean {
  return seconds >= 0 && seconds <= NUMBER_MAX;
}

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

/** True when ustar's name and prefix fields can hold the path. */
export function ustarPathFits(path: string): boolean {
  if (!PRINTABLE_ASCII.test(path)) return false;
  return path.length <= NAME_BYTES_MAX || path.length - path.indexOf('/') - 1 <= NAME_BYTES_MAX;
}

function paxRecords(member: TarMember): Buffer {
  let text = '';
  if (!ustarPathFits(member.path)) text += paxRecord('path', member.path);
  if (member.sizeBytes > NUMBER_MAX) text += paxRecord('size', String(member.sizeBytes));
  if (!timeFits(member.mtimeSeconds)) text += paxRecord('mtime', String(member.mtimeSeconds));
  return Buffer.from(text, 'utf8');
}

/** `<length> <key>=<value>\n`, where the length counts its own digits too. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  let length = bytes + String(bytes).length;
  if (String(length).length !== String(bytes).length) length = bytes + String(length).length;
  return `${length}${rest}`;
}

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
const TEMPLATE_SUM = TEMPLATE.reduce((sum, byte) => sum + byte, 0);

/** Sums while it writes: with two hundred thousand small files a header costs as much as a system call. */
function writeUstar(target: Buffer, at: number, fields: UstarFields): number {
  target.set(TEMPLATE, at);
  const { path } = fields;
  let sum = TEMPLATE_SUM + fields.type.charCodeAt(0);
  if (path.length <= NAME_BYTES_MAX) {
    sum += writeAscii(target, at, path);
  } else {
    const slash = path.indexOf('/');
    sum += writeAscii(target, at, path.slice(slash + 1));
    sum += writeAscii(target, at + 345, path.slice(0, slash));
  }
  sum += writeOctal(target, at + 124, 11, fields.sizeBytes);
  sum += writeOctal(target, at + 136, 11, fields.mtimeSeconds);
  target[at + 156] = fields.type.charCodeAt(0);
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
