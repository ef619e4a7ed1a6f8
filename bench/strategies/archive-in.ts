import { createHash } from 'node:crypto';
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

const PIECE_BYTES = 4 * 1024 * 1024;

export interface ArchiveSize {
  readonly shards: number;
  readonly shardBytes: number;
}

export function archiveIn(folder: string): ArchiveSize {
  const names = shardNames(folder);
  const shardBytes = names.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  return { shards: names.length, shardBytes };
}

/** One digest of the names and the bytes of all shards: two archives with the same one are equal. */
export function archiveSha256(folder: string): string {
  const hash = createHash('sha256');
  const piece = Buffer.alloc(PIECE_BYTES);
  for (const name of shardNames(folder)) {
    hash.update(`${name}\0${statSync(join(folder, name)).size}\0`);
    const fd = openSync(join(folder, name), 'r');
    for (let length = readSync(fd, piece); length > 0; length = readSync(fd, piece))
      hash.update(piece.subarray(0, length));
    closeSync(fd);
  }
  return hash.digest('hex');
}

function shardNames(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.tar.zst')).sort();
}
