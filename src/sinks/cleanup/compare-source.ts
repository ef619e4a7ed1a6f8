import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { KeptReason } from '../../model/cleanup.ts';
import { O_READ } from '../pack/source-file.ts';
import { systemCode } from '../sink-fault.ts';

const CHUNK_BYTES = 1024 * 1024;

/** What a shard says of a source file. */
export interface ArchivedContent {
  readonly sizeBytes: number;
  readonly sha256: Buffer;
}

export type Comparison = 'same' | 'missing' | Extract<KeptReason, 'file_changed' | 'file_not_regular'>;

/**
 * Compares what stands under a name, never through a link, with what was archived. Reads it only when its size fits.
 *
 * @throws system errors that may pass, such as EACCES or EIO.
 */
export async function compareSource(path: string, archived: ArchivedContent): Promise<Comparison> {
  try {
    const status = await lstat(path);
    if (!status.isFile()) return 'file_not_regular';
    if (status.size !== archived.sizeBytes) return 'file_changed';
    const handle = await open(path, O_READ | constants.O_NOFOLLOW);
    try {
      // Another one may have taken the name since.
      if (!(await handle.stat()).isFile()) return 'file_not_regular';
      return (await holds(handle, archived)) ? 'same' : 'file_changed';
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENAMETOOLONG') return 'missing';
    if (code === 'ELOOP' || code === 'ENXIO') return 'file_not_regular';
    throw error;
  }
}

async function holds(handle: FileHandle, { sizeBytes, sha256 }: ArchivedContent): Promise<boolean> {
  const hash = createHash('sha256');
  const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, sizeBytes + 1));
  let position = 0;
  while (position <= sizeBytes) {
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, position);
    if (bytesRead === 0) break;
    hash.update(chunk.subarray(0, bytesRead));
    position += bytesRead;
  }
  return position === sizeBytes && hash.digest().equals(sha256);
}
