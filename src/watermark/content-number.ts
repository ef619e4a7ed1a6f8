import { createHash } from 'node:crypto';
import { offset } from '../model/offset.ts';
import type { Offset } from '../model/offset.ts';
import type { SealRows } from '../model/seal.ts';

/** Numbers of the batch path begin where no log ever comes to. */
const FIRST = 2 ** 52;

/**
 * The number in the name of an early part or supplement of the batch path, where the stream has the offset of the first
 * row: it follows from the rows, so that the same rows have the same name whenever they are sealed again, and others
 * another one.
 */
export function contentNumber(rows: SealRows): Offset {
  const hash = createHash('sha256');
  for (let i = 0; i < rows.count; i++) {
    const uid = Buffer.from(rows.uid(i), 'utf8');
    const line = rows.line(i);
    hash.update(`${rows.createdAt(i)} ${uid.length} ${line.length}\n`);
    hash.update(uid).update(line);
  }
  return offset(FIRST + Number(hash.digest().readBigUInt64BE() >> 12n));
}
