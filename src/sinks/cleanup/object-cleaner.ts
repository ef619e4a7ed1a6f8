import { createHash } from 'node:crypto';
import { failpoint } from '../../base/failpoint.ts';
import type { S3Address } from '../../base/s3-address.ts';
import type { ObjectReader } from '../s3/object-reader.ts';
import { SourceBuckets } from '../s3/source-buckets.ts';
import { isObjectLocation } from '../pack/object-place.ts';
import type { ObjectPlace } from '../pack/object-place.ts';
import { orProblem } from '../pack/source-problem.ts';
import type { SourceProblem } from '../pack/source-problem.ts';
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

/** Where objects go: below the prefix under the table's name, with their keys below their root. */
export interface ObjectTarget {
  readonly address: S3Address;
  readonly table: string;
}

export interface ObjectCleanerOptions {
  readonly prefixes: CleanupPrefixes;
  readonly isLookedAtOnly: boolean;
  /** Null: they are deleted. */
  readonly moveTo: ObjectTarget | null;
}

/** Removes source files that are objects in buckets. */
export class ObjectCleaner {
  readonly #options: ObjectCleanerOptions;
  readonly #buckets: SourceBuckets;

  constructor(options: ObjectCleanerOptions) {
    const { prefixes, moveTo } = options;
    this.#options = options;
    // The target comes behind the roots.
    const addresses = [...prefixes.source, ...(moveTo === null ? [] : [moveTo.address])];
    this.#buckets = new SourceBuckets({ addresses, requestsMax: REQUESTS_MAX });
  }

  /**
   * Reads an object, compares it with what was archived, and removes it when it is that, and still is. Nothing can be taken
   * from its name first, as a file is (decision 0128).
   *
   * @throws S3SourceFault for what may pass; the signal's reason.
   */
  async clean(source: ObjectSource, signal: AbortSignal): Promise<FileOutcome> {
    const { prefixes, isLookedAtOnly, moveTo } = this.#options;
    const place = cleanableObject(source.location, prefixes);
    if (typeof place === 'string') return { kind: 'kept', reason: place };
    const found = await this.#compare(place, source, signal);
    if (found === null) return CHANGED;
    if (typeof found !== 'string') return found.reason === 'file_missing' ? { kind: 'missing' } : CHANGED;
    if (isLookedAtOnly) return { kind: 'removed' };
    const copied = moveTo === null ? 'copied' : await this.#copy({ ...place, etag: found, source, signal });
    if (copied !== 'copied') return copied === 'changed' ? CHANGED : { kind: copied };
    if (moveTo !== null) failpoint('cleanup:object-copied');
    const outcome = await this.#buckets.remove({ ...place, etag: found, signal });
    failpoint('cleanup:object-removed');
    return outcome === 'changed' ? CHANGED : { kind: outcome };
  }

  /** @returns the ETag of what was archived, null for another content, why there is none. */
  #compare(
    place: Pick<ObjectPlace, 'root' | 'key'>,
    archived: ArchivedContent,
    signal: AbortSignal,
  ): Promise<string | null | SourceProblem> {
    const wish = { ...place, range: null, pin: null, resumes: true, signal };
    return orProblem(() => this.#buckets.read(wish, (reader) => etagIfSame(reader, archived)));
  }

  /**
   * Copies an object to where objects go, unless a run before has; a key that another content has is not overwritten: the
   * object gets the beginning of its digest as well. The copy is read back before anything goes.
   */
  async #copy(
    object: Pick<ObjectPlace, 'root' | 'key'> & {
      readonly etag: string;
      readonly source: ObjectSource;
      readonly signal: AbortSignal;
    },
  ): ReturnType<SourceBuckets['copy']> {
    const { root, key, etag, source, signal } = object;
    const { prefixes, moveTo } = this.#options;
    const { address, table } = moveTo!;
    const own = `${address.prefix}${table}/${key.slice(prefixes.source[root]!.prefix.length)}`;
    for (const name of [own, `${own}~${source.sha256.toString('hex').slice(0, 16)}`]) {
      const target = { root: prefixes.source.length, key: name };
      const there = await this.#compare(target, source, signal);
      if (typeof there === 'string') return 'copied';
      if (there === null || there.reason !== 'file_missing') continue;
      const outcome = await this.#buckets.copy({
        ...{ root, key, etag, signal },
        to: { bucket: address.bucket, key: name },
      });
      const isWhole =
        outcome !== 'copied' || typeof (await this.#compare(target, source, signal)) === 'string';
      return isWhole ? outcome : 'changed';
    }
    return 'changed';
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
