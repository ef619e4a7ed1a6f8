import { decompressFrame, frameChecksum } from '../zstd.ts';
import { CorruptShard } from './corrupt-shard.ts';
import type { FileRange } from './corrupt-shard.ts';
import type { FramePlace } from './frame-table.ts';

/**
 * Content of one zstd frame.
 *
 * @param options.data the frame as it stands in the file.
 * @throws CorruptShard
 */
export function decodeFrame(options: {
  readonly shard: string;
  readonly number: number;
  readonly frame: FramePlace;
  readonly seekTableRange: FileRange;
  readonly data: Buffer;
  /** Memory for the content, when it is long enough. */
  readonly target?: Buffer | undefined;
}): Buffer {
  const { shard, number, frame, data, target } = options;
  const { contentBytes } = frame;
  const content = decompressFrame(data, { contentBytes, ...(target === undefined ? {} : { target }) });
  if (content === undefined)
    throw new CorruptShard({ shard, range: frameRange(frame), what: `frame ${number} is damaged` });
  if (frameChecksum(data) !== frame.checksum)
    throw new CorruptShard({
      shard,
      range: options.seekTableRange,
      what: `the seek table has another checksum for frame ${number}`,
    });
  return content;
}

export function frameRange(frame: { readonly offset: number; readonly compressedBytes: number }): FileRange {
  return { from: frame.offset, to: frame.offset + frame.compressedBytes };
}
