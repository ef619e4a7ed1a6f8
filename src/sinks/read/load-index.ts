import type { IndexColumns } from '../format/index-columns.ts';
import { uidAt } from '../format/index-columns.ts';
import { CorruptShard } from './corrupt-shard.ts';
import type { ShardReader } from './shard-reader.ts';

/**
 * All index pages of a shard; memory follows `shard.filesMax`.
 *
 * @throws CorruptShard also when their order, number of entries or kind is not what the metadata says.
 */
export async function loadIndex(reader: ShardReader): Promise<IndexColumns[]> {
  const { metadata, directory, directoryRange } = reader.layout;
  const pages: IndexColumns[] = [];
  let entries = 0;
  let last: Buffer | undefined;
  for (let i = 0; i < directory.pages.length; i++) {
    const page = await reader.readPage(i);
    const ref = directory.pages[i]!;
    const range = { from: ref.offset, to: ref.offset + ref.bytes };
    if (!uidAt(page, 0).equals(ref.firstUid))
      throw reader.corrupt(range, `index page ${i} begins with another uid than the directory says`);
    if ((page.sha256 !== null) !== (metadata.payload === 'file'))
      throw reader.corrupt(range, `index page ${i} is not of the shard's payload`);
    for (let at = 0; at < page.count; at++) {
      const uid = uidAt(page, at);
      if (last !== undefined && last.compare(uid) > 0)
        throw reader.corrupt(range, `index page ${i} is not sorted`);
      last = uid;
    }
    pages.push(page);
    entries += page.count;
  }
  const expected = metadata.payload === 'file' ? metadata.files : metadata.rows;
  if (entries !== expected || metadata.files !== (metadata.payload === 'file' ? metadata.rows : 0))
    throw new CorruptShard({
      shard: reader.name,
      range: directoryRange,
      what: `the index has ${entries} entries, the metadata says ${expected}`,
    });
  return pages;
}
