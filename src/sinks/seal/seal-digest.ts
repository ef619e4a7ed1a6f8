import { createHash } from 'node:crypto';
import type { SealRows } from '../../model/seal.ts';

const BUFFER_BYTES = 1024 * 1024;
const HEADER_BYTES = 16;

/**
 * sha256 of a seal's input, as lower-case hex: for each row, in order, created_at (i64 LE), length of uid and
 * line (u32 LE each), uid, line. A replay knows its own work by it.
 */
export function digestRows(rows: SealRows): string {
  const hash = createHash('sha256');
  let buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  let at = 0;
  for (let i = 0; i < rows.count; i++) {
    const uid = rows.uid(i);
    const line = rows.line(i);
    // No character takes more than three bytes for each of its UTF-16 units.
    const bound = HEADER_BYTES + uid.length * 3 + line.length;
    if (at + bound > buffer.length) {
      hash.update(buffer.subarray(0, at));
      at = 0;
      if (bound > buffer.length) buffer = Buffer.allocUnsafe(bound);
    }
    const uidBytes = buffer.write(uid, at + HEADER_BYTES, 'utf8');
    buffer.writeBigInt64LE(BigInt(rows.createdAt(i)), at);
    buffer.writeUInt32LE(uidBytes, at + 8);
    buffer.writeUInt32LE(line.length, at + 12);
    at += HEADER_BYTES + uidBytes;
    buffer.set(line, at);
    at += line.length;
  }
  return hash.update(buffer.subarray(0, at)).digest('hex');
}
