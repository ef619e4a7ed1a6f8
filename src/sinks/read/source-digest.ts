import { createHash } from 'node:crypto';
import { readSource } from '../pack/open-file.ts';
import type { OpenFile } from '../pack/open-file.ts';
import type { Roots } from '../pack/roots.ts';
import type { SourceProblem } from '../pack/source-problem.ts';
import { changed } from '../pack/source-problem.ts';
import { SourceBuckets } from '../s3/source-buckets.ts';
import { systemCode } from '../sink-fault.ts';

const CHUNK_BYTES = 1024 * 1024;
/** Nobody cancels a comparison but by ending the process. */
const NEVER = new AbortController().signal;

/** A source file as it is now, or why it cannot be read here. */
export type SourceDigest =
  { readonly sizeBytes: number; readonly sha256: Buffer } | { readonly unread: string };

/** Reads source files as the packer would: below the roots, regular files and objects only. One chunk in memory. */
export class SourceDigester {
  readonly #places: { readonly roots: readonly string[]; readonly buckets: SourceBuckets };
  readonly #chunk = Buffer.allocUnsafe(CHUNK_BYTES);

  constructor({ paths, buckets }: Roots) {
    this.#places = { roots: paths, buckets: new SourceBuckets({ addresses: buckets, requestsMax: 1 }) };
  }

  /** To be asked for one file after another. */
  async digest(location: string | null): Promise<SourceDigest> {
    try {
      const wish = { location, range: null, pin: null, resumes: true, signal: NEVER };
      const found = await readSource(wish, this.#places, (file) => this.#read(file));
      return 'reason' in found ? { unread: found.reason } : found;
    } catch (error) {
      return { unread: systemCode(error) ?? String(error) };
    }
  }

  async #read(file: OpenFile): Promise<Exclude<SourceDigest, { unread: string }> | SourceProblem> {
    const hash = createHash('sha256');
    for (let left = file.sizeBytes; left > 0;) {
      const read = await file.read(this.#chunk, 0, Math.min(left, CHUNK_BYTES));
      if (read === 0) return changed();
      hash.update(this.#chunk.subarray(0, read));
      left -= read;
    }
    return (await file.isWhole()) ? { sizeBytes: file.sizeBytes, sha256: hash.digest() } : changed();
  }
}
