import type { IndexEntry } from '../format/index-columns.ts';
import type { ShardReader } from './shard-reader.ts';

/**
 * Bytes `from` (inclusive) to `to` (exclusive) of a file, from the frames that hold them and no other.
 *
 * Each frame is compared with its checksum; the digest of the file covers the whole and cannot be compared here.
 *
 * @param range within the file.
 * @throws CorruptShard
 */
export async function* readFileRange(
  reader: ShardReader,
  entry: IndexEntry,
  range: { readonly from: number; readonly to: number },
): AsyncGenerator<Uint8Array> {
  // Where the frame begins in the file; the first one begins before it, with headers or with other files.
  let at = -entry.frameOffset;
  for (let number = entry.frame; at < range.to; number++) {
    const frame = reader.layout.frames.at(number);
    const end = at + (frame?.contentBytes ?? 0);
    if (frame === undefined || end <= 0)
      throw reader.corrupt(reader.layout.directoryRange, 'the index points past a frame');
    if (end > range.from) {
      const content = await reader.readFrame(number);
      yield content.subarray(Math.max(range.from, at) - at, Math.min(range.to, end) - at);
    }
    at = end;
  }
}
