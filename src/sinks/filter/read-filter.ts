import { TidemarkError } from '../../base/errors.ts';
import type { Sink } from '../sink.ts';
import { isIntact, rowBytes, rowOf, sectionsWith } from './filter-bits.ts';
import { decodeHead, digestOfHead } from './filter-head.ts';
import type { FilterHead } from './filter-head.ts';
import { parseFilterName } from './filter-name.ts';
import type { UidHash } from './uid-hash.ts';

/** Room for a head of names that do not compress. */
const HEAD_BYTES_MAX = 2 * 1024 * 1024;

/** A filter whose head was read; nothing of its rows is. */
export interface OpenFilter {
  readonly name: string;
  readonly headBytes: number;
  readonly head: FilterHead;
}

/** Reads the head, in one call. @throws TidemarkError ERR_FILTER_CORRUPT, ERR_SINK_UNAVAILABLE. */
export async function openFilter(sink: Sink, name: string): Promise<OpenFilter> {
  const parsed = parseFilterName(name);
  if (parsed === undefined || parsed.headBytes > HEAD_BYTES_MAX)
    throw corruptFilter(name, 'its name is none of a filter');
  const { headBytes } = parsed;
  const bytes = await orCorrupt(() => sink.readRange(name, { offset: 0, length: headBytes }));
  const head = digestOfHead(bytes) === parsed.digest ? decodeHead(bytes) : undefined;
  if (head === undefined) throw corruptFilter(name, `bytes 0 to ${headBytes - 1} are damaged`);
  return { name, headBytes, head };
}

/**
 * Asks for a uid, in one call.
 *
 * @returns the sections that may hold it. @throws TidemarkError ERR_FILTER_CORRUPT, ERR_SINK_UNAVAILABLE.
 */
export async function askFilter(sink: Sink, filter: OpenFilter, uid: UidHash): Promise<number[]> {
  const { name, headBytes, head } = filter;
  const [number, length] = [rowOf(uid, head), rowBytes(head)];
  const offset = headBytes + number * length;
  const row = await orCorrupt(() => sink.readRange(name, { offset, length }));
  if (!isIntact(row, number))
    throw corruptFilter(name, `bytes ${offset} to ${offset + length - 1} are damaged`);
  return sectionsWith(row, head, uid);
}

export function corruptFilter(name: string, what: string): TidemarkError {
  return new TidemarkError('ERR_FILTER_CORRUPT', { detail: `${name}: ${what}` });
}

/** A sink knows shards and manifests alone, and calls a file that ends early a damaged shard. */
async function orCorrupt<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof TidemarkError) || error.code !== 'ERR_SHARD_CORRUPT') throw error;
    throw new TidemarkError('ERR_FILTER_CORRUPT', { detail: error.detail, cause: error });
  }
}

export function isCorruptFilter(error: unknown): error is TidemarkError {
  return error instanceof TidemarkError && error.code === 'ERR_FILTER_CORRUPT';
}
