import { createHash } from 'node:crypto';
import { closeSource, isSourceProblem, isUnchanged, openSource, readFully } from '../pack/source-file.ts';
import { systemCode } from '../sink-fault.ts';

const CHUNK_BYTES = 1024 * 1024;

/** A source file as it is now, or why it cannot be read here. */
export type SourceDigest =
  { readonly sizeBytes: number; readonly sha256: Buffer } | { readonly unread: string };

/** Reads source files as the packer would: below the roots, regular files only. One chunk in memory. */
export class SourceDigester {
  readonly #roots: readonly string[];
  readonly #chunk = Buffer.allocUnsafe(CHUNK_BYTES);

  /** @param roots resolved, without links. */
  constructor(roots: readonly string[]) {
    this.#roots = roots;
  }

  digest(location: string | null): SourceDigest {
    try {
      const file = openSource(location, this.#roots);
      if (isSourceProblem(file)) return { unread: file.reason };
      try {
        const hash = createHash('sha256');
        let sizeBytes = 0;
        for (;;) {
          const read = readFully(file.fd, this.#chunk, 0, CHUNK_BYTES, sizeBytes);
          hash.update(this.#chunk.subarray(0, read));
          sizeBytes += read;
          if (read < CHUNK_BYTES) break;
        }
        return isUnchanged(file) ? { sizeBytes, sha256: hash.digest() } : { unread: 'file_changed' };
      } finally {
        closeSource(file);
      }
    } catch (error) {
      return { unread: systemCode(error) ?? String(error) };
    }
  }
}
