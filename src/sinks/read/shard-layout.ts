import { decodeDirectory, directoryBytes } from '../format/directory.ts';
import type { Directory } from '../format/directory.ts';
import { PAGE_CONTENT_BYTES_MAX } from '../format/index-page.ts';
import { EMPTY_CHECKSUM, decodeSeekTable, seekTableBytes } from '../format/seek-table.ts';
import type { SeekTable } from '../format/seek-table.ts';
import { decodeShardMetadata } from '../format/shard-metadata.ts';
import type { ShardMetadata } from '../format/shard-metadata.ts';
import { SEEK_TABLE_MAGIC, SKIPPABLE_HEADER_BYTES, skippablePayload } from '../format/skippable.ts';
import { TAR_END_BYTES } from '../format/tar-header.ts';
import type { Sink } from '../sink.ts';
import { compressedBytesMax } from '../zstd.ts';
import { CorruptShard } from './corrupt-shard.ts';
import type { FileRange } from './corrupt-shard.ts';
import { FrameTable } from './frame-table.ts';

/** Read first: holds the whole tail of all but very large shards. */
export const TAIL_BYTES = 64 * 1024;
/** Seek table and directory of a shard of some terabytes; a longer tail is not believed. */
const TAIL_BYTES_MAX = 256 * 1024 * 1024;

/** What stands where in a shard, checked against itself. */
export interface ShardLayout {
  readonly bytes: number;
  readonly metadata: ShardMetadata;
  readonly directory: Directory;
  readonly frames: FrameTable;
  readonly directoryRange: FileRange;
  readonly seekTableRange: FileRange;
}

/** Reads seek table and directory. @throws CorruptShard when they are damaged or contradict each other. */
export async function readLayout(sink: Sink, shard: string): Promise<ShardLayout> {
  const corrupt = (from: number, to: number, what: string) =>
    new CorruptShard({ shard, range: { from: Math.max(0, from), to }, what });
  const bytes = await sink.size(shard);
  if (bytes === null) throw corrupt(0, 0, 'the shard is missing');
  let tail = await readTail(sink, shard, bytes, TAIL_BYTES);

  const seekBytes = seekTableBytes(tail) ?? Infinity;
  if (seekBytes > Math.min(bytes, TAIL_BYTES_MAX))
    throw corrupt(bytes - 9, bytes, 'it ends with no seek table');
  const directoryTo = bytes - seekBytes;
  if (tail.length < seekBytes + TAIL_BYTES) tail = await readTail(sink, shard, bytes, seekBytes + TAIL_BYTES);
  if (skippablePayload(SEEK_TABLE_MAGIC, tail.subarray(tail.length - seekBytes)) === undefined)
    throw corrupt(directoryTo, bytes, 'the seek table is damaged');
  const directoryLength = directoryBytes(tail.subarray(0, tail.length - seekBytes)) ?? Infinity;
  if (!(directoryLength <= Math.min(directoryTo, TAIL_BYTES_MAX)))
    throw corrupt(directoryTo - 80, directoryTo, 'there is no directory before the seek table');
  const directoryRange = { from: directoryTo - directoryLength, to: directoryTo };
  if (tail.length < seekBytes + directoryLength)
    tail = await readTail(sink, shard, bytes, seekBytes + directoryLength);

  const end = tail.length - seekBytes;
  const directory = decodeDirectory(tail.subarray(end - directoryLength, end));
  const metadata = directory && decodeShardMetadata(directory.metadataJson);
  if (directory === undefined || metadata === undefined)
    throw corrupt(directoryRange.from, directoryRange.to, 'the directory is damaged');
  const layout = {
    bytes,
    metadata,
    directory,
    directoryRange,
    seekTableRange: { from: directoryTo, to: bytes },
  };
  const contradiction = findContradiction(layout);
  if (contradiction !== undefined) throw corrupt(directoryRange.from, directoryRange.to, contradiction);
  const table = decodeSeekTable(tail.subarray(end));
  const frames = table && framesOf(table, layout);
  if (frames === undefined)
    throw corrupt(directoryTo, bytes, 'the seek table is damaged: it does not agree with the directory');
  return { ...layout, frames };
}

async function readTail(sink: Sink, shard: string, bytes: number, wanted: number): Promise<Buffer> {
  const length = Math.min(bytes, wanted);
  return await sink.readRange(shard, { offset: bytes - length, length });
}

/** Pages must follow the frames without a gap, up to the directory, and none may ask for more memory than it can need. */
function findContradiction(layout: Omit<ShardLayout, 'frames'>): string | undefined {
  const { directory } = layout;
  let at = directory.framesBytes;
  for (let number = 0; number < directory.pages.length; number++) {
    const page = directory.pages.at(number);
    if (page.offset !== at) return 'the directory gives an index page a place that it cannot have';
    if (
      page.contentBytes > PAGE_CONTENT_BYTES_MAX ||
      page.bytes > SKIPPABLE_HEADER_BYTES + compressedBytesMax(page.contentBytes)
    )
      return 'the directory gives an index page a size that it cannot have';
    at += page.bytes;
  }
  return at === layout.directoryRange.from
    ? undefined
    : 'the directory does not account for all bytes before it';
}

/** @returns undefined unless the seek table says exactly what the directory says. */
function framesOf(table: SeekTable, layout: Omit<ShardLayout, 'frames'>): FrameTable | undefined {
  const { directory, metadata, directoryRange } = layout;
  const { frameCount, pages } = directory;
  if (table.count !== frameCount + pages.length + 1) return undefined;
  for (let number = 0; number < frameCount; number++) {
    const { contentBytes, compressedBytes } = table.at(number);
    if (contentBytes === 0 || contentBytes > metadata.frameBytes) return undefined;
    if (compressedBytes > compressedBytesMax(contentBytes)) return undefined;
  }
  const frames = new FrameTable({ table, count: frameCount });
  if (frames.end !== directory.framesBytes || frames.at(frameCount - 1)?.contentBytes !== TAR_END_BYTES)
    return undefined;
  for (let number = 0; number <= pages.length; number++) {
    const { contentBytes, checksum, compressedBytes } = table.at(frameCount + number);
    const bytes = number < pages.length ? pages.at(number).bytes : directoryRange.to - directoryRange.from;
    if (contentBytes !== 0 || checksum !== EMPTY_CHECKSUM || compressedBytes !== bytes) return undefined;
  }
  return frames;
}
