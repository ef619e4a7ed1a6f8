import type { IndexColumns } from '../format/index-columns.ts';
import { compareUids, uidAt } from '../format/index-columns.ts';
import { CorruptShard } from './corrupt-shard.ts';
import { pageRange } from './index-pages.ts';
import type { ShardReader } from './shard-reader.ts';

/** Ten million files, the most that `shard.filesMax` takes, with uids of a hundred bytes. */
const INDEX_BYTES_MAX = 2 * 1024 ** 3;

/**
 * All index pages of a shard; memory follows `shard.filesMax`.
 *
 * @throws CorruptShard also when their order, number of entries or kind is not what the metadata says.
 */
export async function loadIndex(reader: ShardReader): Promise<IndexColumns[]> {
  const { metadata, directory, directoryRange } = reader.layout;
  const expected = metadata.payload === 'file' ? metadata.files : metadata.rows;
  checkMemory(reader);
  const pages: IndexColumns[] = [];
  let entries = 0;
  let last: Buffer | undefined;
  for await (const page of reader.pages()) {
    const i = pages.length;
    const ref = directory.pages.at(i);
    const range = pageRange(ref);
    if (!uidAt(page, 0).equals(ref.firstUid))
      throw reader.corrupt(range, `index page ${i} begins with another uid than the directory says`);
    if ((page.sha256 !== null) !== (metadata.payload === 'file'))
      throw reader.corrupt(range, `index page ${i} is not of the shard's payload`);
    if ((last !== undefined && last.compare(uidAt(page, 0)) > 0) || !isSorted(page))
      throw reader.corrupt(range, `index page ${i} is not sorted`);
    last = uidAt(page, page.count - 1);
    pages.push(page);
    entries += page.count;
    if (entries > expected) break;
  }
  if (entries !== expected || metadata.files !== (metadata.payload === 'file' ? metadata.rows : 0))
    throw new CorruptShard({
      shard: reader.name,
      range: directoryRange,
      what: `the index has ${entries > expected ? 'more' : entries} entries, the metadata says ${expected}`,
    });
  return pages;
}

function isSorted(page: IndexColumns): boolean {
  for (let at = 1; at < page.count; at++) if (compareUids(page, at - 1, at) > 0) return false;
  return true;
}

/** A page of zeros compresses to some hundred bytes, so a small file can claim any number of bytes. */
function checkMemory(reader: ShardReader): void {
  const { directory, directoryRange } = reader.layout;
  let bytes = 0;
  for (let i = 0; i < directory.pages.length; i++) bytes += directory.pages.at(i).contentBytes;
  if (bytes > INDEX_BYTES_MAX)
    throw reader.corrupt(
      directoryRange,
      `the index says that it has ${bytes} bytes, more than any shard needs`,
    );
}
