import { createHash } from 'node:crypto';
import type { PageRef } from '../format/directory.ts';
import type { IndexColumns } from '../format/index-columns.ts';
import { decodePage } from '../format/index-page.ts';
import { PAGE_MAGIC, skippablePayload } from '../format/skippable.ts';
import { decompressFrame } from '../zstd.ts';
import { CorruptShard } from './corrupt-shard.ts';
import type { FileRange } from './corrupt-shard.ts';
import type { ShardLayout } from './decode-layout.ts';

/** Read in one request at most: bounds memory, and makes an answer of a bucket worth its wait. */
const BATCH_BYTES = 4 * 1024 * 1024;

/** A shard whose index is read. */
export interface IndexedShard {
  readonly name: string;
  readonly layout: ShardLayout;
  /** Bytes of the file as they stand there. */
  readBytes(range: FileRange): Promise<Buffer>;
}

/**
 * Index pages in their order, neighbours in one request.
 *
 * @param numbers which, ascending; without it all.
 * @throws CorruptShard
 */
export async function* readPages(
  shard: IndexedShard,
  numbers: Iterable<number> = Array(shard.layout.directory.pages.length).keys(),
): AsyncGenerator<IndexColumns> {
  for (const { range, batch } of batches(shard, numbers)) {
    const data = await shard.readBytes(range);
    for (const number of batch) {
      const { from, to } = pageRange(pageAt(shard, number));
      yield decodeIndexPage(shard, number, data.subarray(from - range.from, to - range.from));
    }
  }
}

function* batches(
  shard: IndexedShard,
  numbers: Iterable<number>,
): Generator<{ readonly range: FileRange; readonly batch: readonly number[] }> {
  let batch: number[] = [];
  let range: FileRange = { from: 0, to: 0 };
  for (const number of numbers) {
    const { from, to } = pageRange(pageAt(shard, number));
    if (batch.length > 0 && (from !== range.to || to - range.from > BATCH_BYTES)) {
      yield { range, batch };
      batch = [];
    }
    range = { from: batch.length === 0 ? from : range.from, to };
    batch.push(number);
  }
  if (batch.length > 0) yield { range, batch };
}

/** @param data as it stands in the file. @throws CorruptShard */
export function decodeIndexPage(
  shard: Omit<IndexedShard, 'readBytes'>,
  number: number,
  data: Buffer,
): IndexColumns {
  const page = pageAt(shard, number);
  const content = decompressFrame(intactPage(shard, number, data), page);
  const columns = content && decodePage(content);
  if (columns === undefined) throw corruptPage(shard, number, 'cannot be read');
  return columns;
}

/** What the directory has the digest of. @param data as it stands in the file. @throws CorruptShard */
export function intactPage(shard: Omit<IndexedShard, 'readBytes'>, number: number, data: Buffer): Buffer {
  const payload = skippablePayload(PAGE_MAGIC, data);
  const { sha256 } = pageAt(shard, number);
  const isIntact = payload !== undefined && createHash('sha256').update(payload).digest().equals(sha256);
  if (!isIntact) throw corruptPage(shard, number, 'is damaged');
  return payload;
}

export function pageRange({ offset, bytes }: PageRef): FileRange {
  return { from: offset, to: offset + bytes };
}

function pageAt({ layout }: Pick<IndexedShard, 'layout'>, number: number): PageRef {
  return layout.directory.pages.at(number);
}

function corruptPage(
  shard: Pick<IndexedShard, 'name' | 'layout'>,
  number: number,
  what: string,
): CorruptShard {
  const range = pageRange(pageAt(shard, number));
  return new CorruptShard({ shard: shard.name, range, what: `index page ${number} ${what}` });
}
