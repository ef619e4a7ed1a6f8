import { assert } from '../../base/assert.ts';
import { NAME_BYTES_MAX, NUMBER_MAX, TAR_BLOCK_BYTES, writeUstar } from './ustar-block.ts';

/** tar's end marker: two blocks of zeros. */
export const TAR_END_BYTES = 1024;

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
