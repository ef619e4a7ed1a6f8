import { decodeDirectory, directoryBytes } from '../format/directory.ts';
import type { Directory } from '../format/directory.ts';
import { EMPTY_CHECKSUM, decodeSeekTable, seekTableBytes } from '../format/seek-table.ts';
import type { SeekEntry } from '../format/seek-table.ts';
import { decodeShardMetadata } from '../format/shard-metadata.ts';
import type { ShardMetadata } from '../format/shard-metadata.ts';
import { SEEK_TABLE_MAGIC, skippablePayload } from '../format/skippable.ts';
import { TAR_END_BYTES } from '../format/tar-header.ts';
import type { Sink } from '../sink.ts';
import { CorruptShard } from './corrupt-shard.ts';
import type { FileRange } from './corrupt-shard.ts';

/** Read first: holds the whole tail of all but very large shards. */
const TAIL_BYTES = 64 * 1024;
/** Seek table and directory of a shard of some terabytes; a longer tail is not believed. */
const TAIL_BYTES_MAX = 256 * 1024 * 1024;

/** What stands where in a shard, checked against itself. */
export interface ShardLayout {
  readonly bytes: number;
  readonly metadata: ShardMetadata;
  readonly directory: Directory;
  /** Data frames and the end marker's. */
  readonly frames: readonly (SeekEntry & { readonly offset: number })[];
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
  const entries = decodeSeekTable(tail.subarray(end));
  const frames = entries && framesOf(entries, layout);
  if (frames === undefined)
    throw corrupt(directoryTo, bytes, 'the seek table is damaged: it does not agree with the directory');
  return { ...layout, frames };
}

async function readTail(sink: Sink, shard: string, bytes: number, wanted: number): Promise<Buffer> {
  const length = Math.min(bytes, wanted);
  return await sink.readRange(shard, { offset: bytes - length, length });
}

/** Pages must follow the frames without a gap, up to the directory. */
function findContradiction(layout: Omit<ShardLayout, 'frames'>): string | undefined {
  const { directory } = layout;
  let at = directory.framesBytes;
  for (const page of directory.pages) {
    if (page.offset !== at) return 'the directory gives an index page a place that it cannot have';
    at += page.bytes;
  }
  return at === layout.directoryRange.from
    ? undefined
    : 'the directory does not account for all bytes before it';
}

/** @returns undefined unless the seek table says exactly what the directory says. */
function framesOf(
  entries: readonly SeekEntry[],
  layout: Omit<ShardLayout, 'frames'>,
): ShardLayout['frames'] | undefined {
  const { directory, metadata, directoryRange } = layout;
  const { frameCount, pages } = directory;
  if (entries.length !== frameCount + pages.length + 1) return undefined;
  const frames: (SeekEntry & { offset: number })[] = [];
  let offset = 0;
  for (const entry of entries.slice(0, frameCount)) {
    if (entry.contentBytes === 0 || entry.contentBytes > metadata.frameBytes) return undefined;
    frames.push({ ...entry, offset });
    offset += entry.compressedBytes;
  }
  if (offset !== directory.framesBytes || frames.at(-1)?.contentBytes !== TAR_END_BYTES) return undefined;
  const skippable = entries.slice(frameCount);
  const lengths = [...pages.map((page) => page.bytes), directoryRange.to - directoryRange.from];
  const agrees = skippable.every(
    (entry, i) =>
      entry.contentBytes === 0 && entry.checksum === EMPTY_CHECKSUM && entry.compressedBytes === lengths[i],
  );
  return agrees ? frames : undefined;
}
