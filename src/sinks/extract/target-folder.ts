import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { TidemarkError, messageOf } from '../../base/errors.ts';
import { PieceDigest } from '../read/piece-digest.ts';
import type { Digested } from '../read/piece-digest.ts';
import { systemCode } from '../sink-fault.ts';
import type { Member } from './piece.ts';

/** Half-written files have this name; what was left by a killed process is removed when the shard is taken up again. */
export const PART_PREFIX = '.tidemark-part-';
const CHUNK_BYTES = 1024 * 1024;

let parts = 0;

/**
 * The folder in which a shard is unpacked. A file has its name only when it is whole. All calls are synchronous: for
 * small files the detour through the threads of Node costs more than the call itself.
 */
export class TargetFolder {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * True when the whole file is there already.
   *
   * @throws TidemarkError ERR_USAGE when another one is.
   */
  holds({ path, sizeBytes, sha256 }: Member): boolean {
    const file = join(this.#folder, path);
    return orOutputFault(file, () => {
      const status = statSync(file, { throwIfNoEntry: false });
      if (status === undefined) return false;
      if (status.isFile() && status.size === sizeBytes && digestOf(file) === sha256) return true;
      throw taken(file, 'is there with other bytes; nothing was overwritten');
    });
  }

  /**
   * Writes a file under another name, and gives it its own when all of it is there.
   *
   * @param content piece by piece.
   * @param check is told what was written before it gets its name; may throw.
   * @param isEqualEnough the same file may be there already.
   * @throws TidemarkError ERR_USAGE when one of this name is there; ERR_OUTPUT_UNAVAILABLE.
   */
  async write(
    path: string,
    content: AsyncIterable<Buffer>,
    { check, isEqualEnough }: { check: (written: Digested) => void; isEqualEnough: boolean },
  ): Promise<Digested> {
    const file = join(this.#folder, path);
    const part = join(this.#folder, `${PART_PREFIX}${process.pid}-${threadId}-${parts++}`);
    const digest = new PieceDigest();
    const handle = orOutputFault(part, () => openSync(part, 'wx'));
    try {
      try {
        for await (const chunk of content) {
          digest.update(chunk);
          orOutputFault(part, () => writeFully(handle, chunk));
        }
      } finally {
        closeSync(handle);
      }
      const written = digest.finish();
      check(written);
      orOutputFault(file, () => giveName(part, file, isEqualEnough ? written : null));
      return written;
    } catch (error) {
      rmSync(part, { force: true });
      throw error;
    }
  }
}

function writeFully(handle: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) at += writeSync(handle, bytes, at);
}

/** @param equal what may be there already under the name; null for nothing. */
function giveName(part: string, file: string, equal: Digested | null): void {
  if (!existsSync(file)) return renameSync(part, file);
  if (equal === null) throw taken(file, 'is there already; nothing was overwritten');
  if (statSync(file).size !== equal.bytes || digestOf(file) !== equal.sha256)
    throw taken(file, 'is there with other bytes; nothing was overwritten');
  rmSync(part);
}

function digestOf(file: string): string {
  const digest = createHash('sha256');
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  const handle = openSync(file, 'r');
  try {
    for (let read = readSync(handle, chunk); read > 0; read = readSync(handle, chunk))
      digest.update(chunk.subarray(0, read));
    return digest.digest('hex');
  } finally {
    closeSync(handle);
  }
}

function taken(file: string, what: string): TidemarkError {
  return new TidemarkError('ERR_USAGE', {
    detail: `${file} ${what}`,
    remedy: `Extract into an empty folder, or move ${dirname(file)} away; to go on with an extraction that was ended, add --resume.`,
  });
}

/** What the system refuses becomes ERR_OUTPUT_UNAVAILABLE; deliberate failures pass. */
export function orOutputFault<T>(file: string, effect: () => T): T {
  try {
    return effect();
  } catch (cause) {
    if (systemCode(cause) === undefined || cause instanceof TidemarkError) throw cause;
    throw new TidemarkError('ERR_OUTPUT_UNAVAILABLE', { detail: `${file}: ${messageOf(cause)}`, cause });
  }
}
