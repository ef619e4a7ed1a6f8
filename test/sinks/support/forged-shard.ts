import { createHash } from 'node:crypto';
import { encodeDirectory } from '../../../src/sinks/format/directory.ts';
import type { PageRef } from '../../../src/sinks/format/directory.ts';
import { decodePage } from '../../../src/sinks/format/index-page.ts';
import { uidAt } from '../../../src/sinks/format/index-columns.ts';
import { EMPTY_CHECKSUM, encodeSeekTable } from '../../../src/sinks/format/seek-table.ts';
import type { SeekEntry } from '../../../src/sinks/format/seek-table.ts';
import { PAGE_MAGIC, skippableFrame } from '../../../src/sinks/format/skippable.ts';
import { openShard } from '../../../src/sinks/read/shard-reader.ts';
import type { Sink } from '../../../src/sinks/sink.ts';
import { FrameCompressor, decompressFrame, frameChecksum } from '../../../src/sinks/zstd.ts';

/** A shard taken apart: what a forger would change before putting it together again, with all digests right. */
export interface ShardParts {
  /** Tar bytes of each frame, the end marker's too. */
  readonly frames: readonly Buffer[];
  /** Content of each index page. */
  readonly pages: readonly Buffer[];
  readonly metadataJson: Buffer;
}

export interface Forgery {
  readonly editPage?: (page: PageRef) => PageRef;
  readonly editSeek?: (entry: SeekEntry) => SeekEntry;
  readonly frameCount?: number;
  readonly framesBytes?: number;
}

const compressor = new FrameCompressor({ level: 3, frameBytesMax: 1024 * 1024 });

export async function takeApart(sink: Sink, shard: string): Promise<ShardParts> {
  const { layout } = await openShard(sink, shard);
  const read = (from: number, bytes: number) => sink.readRange(shard, { offset: from, length: bytes });
  const frames: Buffer[] = [];
  for (let i = 0; i < layout.frames.length; i++) {
    const frame = layout.frames.at(i)!;
    frames.push(decompressFrame(await read(frame.offset, frame.compressedBytes), frame)!);
  }
  const pages: Buffer[] = [];
  for (let i = 0; i < layout.directory.pages.length; i++) {
    const page = layout.directory.pages.at(i);
    pages.push(decompressFrame((await read(page.offset, page.bytes)).subarray(8), page)!);
  }
  return { frames, pages, metadataJson: layout.directory.metadataJson };
}

export function putTogether(parts: ShardParts, forgery: Forgery = {}): Buffer {
  const { editPage = (page) => page, editSeek = (entry) => entry } = forgery;
  const frames = parts.frames.map((content) => ({ content, data: compressor.compress(content) }));
  const framesBytes = frames.reduce((sum, { data }) => sum + data.length, 0);
  const pages = parts.pages.map((content) => {
    const payload = compressor.compress(content);
    return { content, payload, frame: skippableFrame(PAGE_MAGIC, payload) };
  });
  let offset = forgery.framesBytes ?? framesBytes;
  const refs = pages.map(({ content, payload, frame }) => {
    const ref = editPage({
      offset,
      bytes: frame.length,
      contentBytes: content.length,
      sha256: createHash('sha256').update(payload).digest(),
      firstUid: firstUid(content),
    });
    offset += ref.bytes;
    return ref;
  });
  const directory = encodeDirectory({
    metadataJson: parts.metadataJson,
    pages: refs,
    frameCount: forgery.frameCount ?? frames.length,
    framesBytes: forgery.framesBytes ?? framesBytes,
  });
  const seek = encodeSeekTable(
    [
      ...frames.map(({ content, data }) => ({
        compressedBytes: data.length,
        contentBytes: content.length,
        checksum: frameChecksum(data),
      })),
      ...[...refs.map(({ bytes }) => bytes), directory.length].map((bytes) => ({
        compressedBytes: bytes,
        contentBytes: 0,
        checksum: EMPTY_CHECKSUM,
      })),
    ].map(editSeek),
  );
  return Buffer.concat([
    ...frames.map(({ data }) => data),
    ...pages.map(({ frame }) => frame),
    ...[directory, seek],
  ]);
}

function firstUid(page: Buffer): Buffer {
  const columns = decodePage(page);
  return columns === undefined ? Buffer.from('u') : Buffer.from(uidAt(columns, 0));
}

/** A sink that holds one file of any name; of other kinds of calls it knows none. */
export function sinkOf(file: Buffer): Sink {
  const unknown = () => {
    throw new Error('this sink can only be read');
  };
  return {
    url: 'memory:',
    size: () => Promise.resolve(file.length),
    readRange: (_name, { offset, length }) => Promise.resolve(file.subarray(offset, offset + length)),
    ...{ check: unknown, sweep: unknown, createFile: unknown, putObject: unknown },
    ...{ list: unknown, listFolders: unknown, settle: unknown },
  };
}
