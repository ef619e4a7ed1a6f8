import { createHash } from 'node:crypto';
import type { Micros } from '../../model/micros.ts';
import { hasLoneSurrogate, uidToBytes } from './uid-bytes.ts';

export const ROWS_MEMBER = 'rows.ndjson';
export const FILES_FOLDER = 'files/';
/** File systems take 255 bytes; the rest is room for what extractors append. */
const NAME_BYTES_MAX = 200;
/** `%` is here too: if it stood for itself, the uid `a%2Fb` would take the name of the uid `a/b`. */
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const UNSAFE = /[\x00-\x1f\x7f-\x9f/\\%]/;

/**
 * The tar path of a row's file, below `files/` whatever the uid. Different uids never share a name: a `%` in a
 * name is followed by two hexadecimal digits, or it begins one of the marks `%`, `%sha256-`, `%@`, which no
 * percent-encoding makes.
 *
 * @param repeatedAt created_at of the row when an earlier row of the shard has the same uid, else null.
 */
export function memberPath(uid: string, repeatedAt: Micros | null): string {
  const name = safeName(uid);
  return repeatedAt === null ? `${FILES_FOLDER}${name}` : `${FILES_FOLDER}${name}%@${repeatedAt}`;
}

/** Longest uid that ustar's name field holds whatever it is. */
const PLAIN_BYTES_MAX = 94;
const DOT = 0x2e;

/**
 * True for the usual uid, whose path is `files/` and the uid itself and fits a ustar header: printable ASCII without
 * `/`, `\` and `%`, not too long. False says only that {@link memberPath} must look.
 */
export function isPlainUid(bytes: Uint8Array, from: number, to: number): boolean {
  const length = to - from;
  if (length < 1 || length > PLAIN_BYTES_MAX || bytes[from] === DOT) return false;
  for (let i = from; i < to; i++) {
    const byte = bytes[i]!;
    if (byte < 0x20 || byte > 0x7e || byte === 0x2f || byte === 0x5c || byte === 0x25) return false;
  }
  return true;
}

/** An ASCII name for headers that cannot hold the true one; a pax record stands before them. */
export function digestPath(uid: string): string {
  return `${FILES_FOLDER}${digestName(uid)}`;
}

function safeName(uid: string): string {
  if (uid === '') return '%';
  if (uid === '.') return '%2E';
  if (uid === '..') return '%2E%2E';
  const name = UNSAFE.test(uid) || hasLoneSurrogate(uid) ? percentEncoded(uid) : uid;
  const fits = name.length <= NAME_BYTES_MAX / 3 || Buffer.byteLength(name) <= NAME_BYTES_MAX;
  return fits ? name : digestName(uid);
}

function digestName(uid: string): string {
  return `%sha256-${createHash('sha256').update(uidToBytes(uid)).digest('hex')}`;
}

function percentEncoded(uid: string): string {
  let name = '';
  for (const character of uid) {
    if (!UNSAFE.test(character) && !hasLoneSurrogate(character)) name += character;
    else
      for (const byte of uidToBytes(character))
        name += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return name;
}
