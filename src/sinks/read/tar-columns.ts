import type { IndexColumns } from '../format/index-columns.ts';
import { DIGEST_BYTES, compareUids, newColumns, uidAt } from '../format/index-columns.ts';
import { addUp } from './add-up.ts';
import { placeRanks } from './place-ranks.ts';

const DIGEST_WORDS = DIGEST_BYTES / Int32Array.BYTES_PER_ELEMENT;

/** All entries of an index, in the order of the tar stream. */
export interface TarColumns {
  readonly columns: IndexColumns;
  /** 1 where an entry with the same uid stands before it. */
  readonly repeated: Uint8Array;
}

/**
 * Entries of all pages by their place in the tar stream. They are put there once: a shard's entries are sorted by uid, and
 * to look each of them up in the pages would be some waiting for memory for every file.
 */
export function tarColumns(pages: readonly IndexColumns[]): TarColumns {
  const ranks = placeRanks(pages);
  const columns = newColumns(ranks.length, {
    sha256: digestsOf(pages, ranks),
    uidBytes: Buffer.allocUnsafeSlow(uidBytesOf(pages)),
  });
  for (const [page, places] of withRanks(pages, ranks)) putNumbers(page, places, columns);
  addUp(columns.uidEnds);
  for (const [page, places] of withRanks(pages, ranks)) putUids(page, places, columns);
  return { columns, repeated: findRepeated(pages, ranks) };
}

function* withRanks(
  pages: readonly IndexColumns[],
  ranks: Uint32Array,
): Generator<readonly [IndexColumns, Uint32Array]> {
  let first = 0;
  for (const page of pages) {
    yield [page, ranks.subarray(first, first + page.count)];
    first += page.count;
  }
}

/** All but uids and digests; in the place of the uids' ends their lengths. */
function putNumbers(page: IndexColumns, places: Uint32Array, target: IndexColumns): void {
  let uidStart = 0;
  for (let at = 0; at < page.count; at++) {
    const place = places[at]!;
    target.createdAt[place] = page.createdAt[at]!;
    target.sizeBytes[place] = page.sizeBytes[at]!;
    target.frame[place] = page.frame[at]!;
    target.frameOffset[place] = page.frameOffset[at]!;
    target.uidEnds[place] = page.uidEnds[at]! - uidStart;
    uidStart = page.uidEnds[at]!;
  }
}

function putUids(
  { count, uidBytes, uidEnds }: IndexColumns,
  places: Uint32Array,
  target: IndexColumns,
): void {
  let from = 0;
  for (let at = 0; at < count; at++) {
    const to = uidEnds[at]!;
    const shift = target.uidEnds[places[at]!]! - to;
    for (let i = from; i < to; i++) target.uidBytes[shift + i] = uidBytes[i]!;
    from = to;
  }
}

/** Null when there are none, as in `payload: row`. */
function digestsOf(pages: readonly IndexColumns[], ranks: Uint32Array): Buffer | null {
  const words = new Int32Array(DIGEST_WORDS * ranks.length);
  for (const [{ sha256 }, places] of withRanks(pages, ranks)) {
    if (sha256 === null) return null;
    putDigests(wordsOf(sha256), places, words);
  }
  return Buffer.from(words.buffer);
}

function putDigests(words: Int32Array, places: Uint32Array, target: Int32Array): void {
  for (let at = 0; at < places.length; at++) {
    const shift = DIGEST_WORDS * (places[at]! - at);
    const to = DIGEST_WORDS * (at + 1);
    for (let i = DIGEST_WORDS * at; i < to; i++) target[shift + i] = words[i]!;
  }
}

/** A view where the bytes stand so that there can be one. */
function wordsOf(bytes: Buffer): Int32Array {
  const { BYTES_PER_ELEMENT: word } = Int32Array;
  const aligned = bytes.byteOffset % word === 0 ? bytes : new Uint8Array(bytes);
  return new Int32Array(aligned.buffer, aligned.byteOffset, bytes.length / word);
}

function uidBytesOf(pages: readonly IndexColumns[]): number {
  return pages.reduce((sum, { count, uidEnds }) => sum + (uidEnds[count - 1] ?? 0), 0);
}

/** The index is sorted by uid, so equal ones are neighbours. */
function findRepeated(pages: readonly IndexColumns[], ranks: Uint32Array): Uint8Array {
  const repeated = new Uint8Array(ranks.length);
  let before: Buffer | undefined;
  // Of the entries with this uid the one that stands first in the stream.
  let first = 0;
  for (const [page, places] of withRanks(pages, ranks)) {
    if (before === undefined || !before.equals(uidAt(page, 0))) first = places[0]!;
    else first = repeat(repeated, first, places[0]!);
    first = markRepeated(page, places, { first, repeated });
    before = uidAt(page, page.count - 1);
  }
  return repeated;
}

/** @param so.first of those with the page's first uid, so far. @returns the same of its last uid. */
function markRepeated(
  page: IndexColumns,
  places: Uint32Array,
  so: { readonly first: number; readonly repeated: Uint8Array },
): number {
  let { first } = so;
  for (let at = 1; at < page.count; at++)
    if (compareUids(page, at - 1, at) !== 0) first = places[at]!;
    else first = repeat(so.repeated, first, places[at]!);
  return first;
}

/** Marks the later one of two. @returns the earlier. */
function repeat(repeated: Uint8Array, a: number, b: number): number {
  repeated[Math.max(a, b)] = 1;
  return Math.min(a, b);
}
