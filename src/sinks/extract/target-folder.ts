import { createHash, hash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { TidemarkError, messageOf } from '../../base/errors.ts';
import { PieceDigest } from '../read/piece-digest.ts';
import type { Digested } from '../read/piece-digest.ts';
import { systemCode } from '../sink-fault.ts';
import type { Member, Target } from './piece.ts';

/**
 * So begins the name of a half-written file beside whole ones. No member of a shard can have it: behind a `%` in their
 * names are two hexadecimal digits, or a mark that is not this one.
 */
export const PART_PREFIX = '%part-';
const CHUNK_BYTES = 1024 * 1024;

let parts = 0;

/** What becomes of a file beside what is written. */
interface WriteRules {
  /** Told what was written before it has its name; may throw. */
  readonly check: (written: Digested) => void;
  /** The same file may be there already. */
  readonly mayBeThere: boolean;
}

/**
 * Where the files of a shard are written. A file has its name only when it is whole, or the folder has not its own. All
 * calls are synchronous: for small files the detour through the threads of Node costs more than the call itself.
 */
export class TargetFolder {
  readonly #target: Target;

  constructor(target: Target) {
    this.#target = target;
  }

  /**
   * True when the whole file is there already. A half one is removed where half ones may be.
   *
   * @throws TidemarkError ERR_USAGE when another one is.
   */
  holds({ path, sizeBytes, sha256 }: Member): boolean {
    const file = join(this.#target.folder, path);
    return orOutputFault(file, () => {
      const status = statSync(file, { throwIfNoEntry: false });
      if (status === undefined) return false;
      if (status.isFile() && status.size === sizeBytes && digestOf(file) === sha256) return true;
      // Where `a` and `A` are one file it may be that of another uid.
      if (!this.#target.isPart || basename(realpathSync.native(file)) !== basename(file))
        throw taken(file, 'is there with other bytes; nothing was overwritten');
      rmSync(file);
      return false;
    });
  }

  /** @throws TidemarkError ERR_USAGE when one of this name is there; ERR_OUTPUT_UNAVAILABLE. */
  async write(path: string, content: AsyncIterable<Buffer>, rules: WriteRules): Promise<Digested> {
    const { name, finish } = this.#begin(path, rules);
    const handle = orOutputFault(name, () => openNew(name));
    try {
      const written = await fill(handle, name, content);
      rules.check(written);
      finish(written);
      return written;
    } catch (error) {
      rmSync(name, { force: true });
      throw error;
    }
  }

  /** The same of content that is in memory: compared first, so that of a wrong one nothing is written. */
  writeWhole(path: string, content: Buffer, rules: WriteRules): void {
    const written = { bytes: content.length, sha256: hash('sha256', content, 'hex') };
    rules.check(written);
    const { name, finish } = this.#begin(path, rules);
    const handle = orOutputFault(name, () => openNew(name));
    try {
      try {
        orOutputFault(name, () => writeFully(handle, content));
      } finally {
        closeSync(handle);
      }
      finish(written);
    } catch (error) {
      rmSync(name, { force: true });
      throw error;
    }
  }

  /** Under which name a file is written, and how it comes to its own. */
  #begin(path: string, rules: WriteRules): { name: string; finish: (written: Digested) => void } {
    const { folder, isPart } = this.#target;
    // `join` would cost as much as the digest of a small file.
    const file = `${folder}/${path}`;
    if (isPart) {
      if (rules.mayBeThere) rmSync(file, { force: true });
      return { name: file, finish: () => undefined };
    }
    const name = join(dirname(file), `${PART_PREFIX}${process.pid}-${threadId}-${parts++}`);
    return {
      name,
      finish: (written) => orOutputFault(file, () => giveName(name, file, rules.mayBeThere ? written : null)),
    };
  }
}

function openNew(file: string): number {
  try {
    return openSync(file, 'wx');
  } catch (cause) {
    if (systemCode(cause) === 'EEXIST') throw taken(file, 'is there already; nothing was overwritten');
    throw cause;
  }
}

/** Writes all of it and closes the file. */
async function fill(handle: number, name: string, content: AsyncIterable<Buffer>): Promise<Digested> {
  const digest = new PieceDigest();
  try {
    for await (const chunk of content) {
      digest.update(chunk);
      orOutputFault(name, () => writeFully(handle, chunk));
    }
  } finally {
    closeSync(handle);
  }
  return digest.finish();
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

export function taken(file: string, what: string): TidemarkError {
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
