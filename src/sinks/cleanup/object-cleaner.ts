import { createHash } from 'node:crypto';
import type { ObjectReader } from '../s3/object-reader.ts';
import { SourceBuckets } from '../s3/source-buckets.ts';
import { isObjectLocation } from '../pack/object-place.ts';
import { orProblem } from '../pack/source-problem.ts';
import type { ArchivedSource } from './archived-sources.ts';
import type { FileOutcome } from './clean-file.ts';
import { cleanableObject } from './cleanup-prefixes.ts';
import type { CleanupPrefixes } from './cleanup-prefixes.ts';
import type { ArchivedContent } from './compare-source.ts';

/** A removal is three requests one after another; so many objects at once. */
const REQUESTS_MAX = 16;
const CHUNK_BYTES = 64 * 1024;

/** A source file that is an object, or says that it is one. */
export type ObjectSource = ArchivedSource & { readonly location: string };

export function isObject(source: ArchivedSource): source is ObjectSource {
  return source.location !== null && isObjectLocation(source.location);
}

/** Those that can be removed side by side: of rows that share an object the first one, as if they came one after another. */
export function differentObjects(sources: readonly ArchivedSource[]): ReadonlySet<ObjectSource> {
  const byLocation = new Map<string, ObjectSource>();
  for (const source of sources)
    if (isObject(source) && !byLocation.has(source.location)) byLocation.set(source.location, source);
  return new Set(byLocation.values());
}

/** Removes source files that are objects in buckets. */
export class ObjectCleaner {
  readonly #prefixes: CleanupPrefixes;
  readonly #isLookedAtOnly: boolean;
  readonly #buckets: SourceBuckets;

  constructor(options: { readonly prefixes: CleanupPrefixes; readonly isLookedAtOnly: boolean }) {
    this.#prefixes = options.prefixes;
    this.#isLookedAtOnly = options.isLookedAtOnly;
    this.#buckets = new SourceBuckets({ addresses: options.prefixes.source, requestsMax: REQUESTS_MAX });
  }

  /**
   * Reads an object, compares it with what was archived, and removes it when it is that, and still is. Nothing can be taken
   * from its name first, as a file is (decision 0128).
   *
   * @throws S3SourceFault for what may pass; the signal's reason.
   */
  async clean(source: ObjectSource, signal: AbortSignal): Promise<FileOutcome> {
    const place = cleanableObject(source.location, this.#prefixes);
    if (typeof place === 'string') return { kind: 'kept', reason: place };
    const found = await orProblem(() =>
      this.#buckets.read({ ...place, range: null, pin: null, resumes: true, signal }, (reader) =>
        etagIfSame(reader, source),
      ),
    );
    if (found === null) return CHANGED;
    if (typeof found !== 'string') return found.reason === 'file_missing' ? { kind: 'missing' } : CHANGED;
    if (this.#isLookedAtOnly) return { kind: 'removed' };
    const outcome = await this.#buckets.remove({ ...place, etag: found, signal });
    return outcome === 'changed' ? CHANGED : { kind: outcome };
  }
}

const CHANGED: FileOutcome = { kind: 'kept', reason: 'file_changed' };

/** @returns null when it is another one; its bytes are taken only when its size fits. */
async function etagIfSame(
  reader: ObjectReader,
  { sizeBytes, sha256 }: ArchivedContent,
): Promise<string | null> {
  if (reader.sizeBytes !== sizeBytes) return null;
  const hash = createHash('sha256');
  const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, sizeBytes));
  while (reader.left > 0) {
    const length = Math.min(chunk.length, reader.left);
    await reader.read(chunk, 0, length);
    hash.update(chunk.subarray(0, length));
  }
  await reader.finish();
  return hash.digest().equals(sha256) ? reader.etag : null;
}
