import { createHash } from 'node:crypto';
import type { Micros } from '../../model/micros.ts';
import type { ShardInfo } from '../../model/shard.ts';
import type { IndexColumns, IndexEntry } from '../format/index-columns.ts';
import type { Sink } from '../sink.ts';
import { CorruptShard } from './corrupt-shard.ts';
import type { FileRange } from './corrupt-shard.ts';
import { decodeFrame, frameRange } from './decode-frame.ts';
import type { ShardLayout } from './decode-layout.ts';
import { rowsContentFrom } from './expected-members.ts';
import { findEntries } from './find-entries.ts';
import type { FoundEntry } from './find-entries.ts';
import type { FramePlace } from './frame-table.ts';
import { decodeIndexPage, intactPage, pageRange, readPages } from './index-pages.ts';
import { entryAt } from './page-search.ts';
import { readLayout } from './shard-layout.ts';

/**
 * Opens a shard by reading its tail.
 *
 * @throws CorruptShard (ERR_SHARD_CORRUPT) when it is missing or damaged; ERR_SINK_UNAVAILABLE.
 */
export async function openShard(sink: Sink, name: string): Promise<ShardReader> {
  const bytes = await sink.size(name);
  if (bytes === null)
    throw new CorruptShard({ shard: name, range: { from: 0, to: 0 }, what: 'the shard is missing' });
  return await openListedShard(sink, { name, bytes });
}

/** The same when a manifest says how long the shard is: with one request less. */
export async function openListedShard(
  sink: Sink,
  shard: Pick<ShardInfo, 'name' | 'bytes'>,
): Promise<ShardReader> {
  return new ShardReader({ sink, name: shard.name, layout: await readLayout(sink, shard) });
}

/** Frames are of half a MiB as they are configured by default. */
const SCRATCH_BYTES = 1024 * 1024;
/** New memory for each frame would cost more than the frame; nothing in it is used after the call that filled it. */
let scratch: Buffer | undefined;

/** Reads a shard by byte ranges; whatever it hands out has passed a digest or checksum. */
export class ShardReader {
  readonly name: string;
  readonly layout: ShardLayout;
  readonly #sink: Sink;

  constructor(options: { readonly sink: Sink; readonly name: string; readonly layout: ShardLayout }) {
    this.name = options.name;
    this.layout = options.layout;
    this.#sink = options.sink;
  }

  /** Content of one zstd frame. */
  async readFrame(number: number): Promise<Buffer> {
    return this.decodeFrame(number, await this.readFrameData(number));
  }

  /** One zstd frame as it stands in the file. */
  async readFrameData(number: number): Promise<Buffer> {
    return await this.readBytes(frameRange(this.#frame(number)));
  }

  /**
   * @param data the frame as it stands in the file.
   * @param target memory for the content, when it is long enough.
   */
  decodeFrame(number: number, data: Buffer, target?: Buffer): Buffer {
    const { seekTableRange } = this.layout;
    const frame = this.#frame(number);
    return decodeFrame({ shard: this.name, number, frame, seekTableRange, data, target });
  }

  /** Entries of one index page, sorted by the bytes of their uids. */
  async readPage(number: number): Promise<IndexColumns> {
    return decodeIndexPage(this, number, await this.#readPageFrame(number));
  }

  /** Index pages in their order, neighbours in one request. @param numbers which, ascending; without it all. */
  pages(numbers?: Iterable<number>): AsyncGenerator<IndexColumns> {
    return readPages(this, numbers);
  }

  /** One index page as it stands in its skippable frame, which is what the directory has the digest of. */
  async readPageData(number: number): Promise<Buffer> {
    return intactPage(this, number, await this.#readPageFrame(number));
  }

  async #readPageFrame(number: number): Promise<Buffer> {
    return await this.readBytes(pageRange(this.layout.directory.pages.at(number)));
  }

  /** The entry of a uid: of several rows with one uid the first, or the one of this created_at. */
  async findMember(uid: string, createdAt?: Micros): Promise<IndexEntry | undefined> {
    return (await this.findEntry(uid, createdAt))?.entry;
  }

  /** The same with its place in the index. */
  async findEntry(uid: string, createdAt?: Micros): Promise<FoundEntry | undefined> {
    for await (const found of findEntries(this, uid))
      if (createdAt === undefined || found.entry.createdAt === createdAt) return found;
    return undefined;
  }

  /** Every entry, in the order of the uids' bytes. */
  async *entries(): AsyncGenerator<IndexEntry> {
    for await (const columns of this.pages())
      for (let at = 0; at < columns.count; at++) yield entryAt(columns, at);
  }

  /**
   * Content of an entry: a file, or with `payload: row` the row's line without its end.
   *
   * @throws CorruptShard at the end when the digest differs: what was read before is then void.
   */
  async *readFile(entry: IndexEntry): AsyncGenerator<Uint8Array> {
    const frame = this.#frame(entry.frame);
    const hash = createHash('sha256');
    for await (const chunk of this.#readContent(entry.frame, entry.frameOffset, entry.sizeBytes)) {
      hash.update(chunk);
      yield chunk;
    }
    if (entry.sha256 !== null && !hash.digest().equals(entry.sha256))
      throw this.corrupt(frameRange(frame), `a file has not the digest of the index`);
  }

  /** `rows.ndjson`, piece by piece, checked at the end like {@link readFile}. */
  async *readRows(): AsyncGenerator<Uint8Array> {
    const { metadata } = this.layout;
    const hash = createHash('sha256');
    for await (const chunk of this.#readContent(0, rowsContentFrom(metadata), metadata.rowsBytes)) {
      hash.update(chunk);
      yield chunk;
    }
    if (hash.digest('hex') !== metadata.rowsSha256)
      throw this.corrupt(
        { from: 0, to: this.layout.directory.framesBytes },
        'rows.ndjson has not its digest',
      );
  }

  async *#readContent(firstFrame: number, firstOffset: number, bytes: number): AsyncGenerator<Buffer> {
    let rest = bytes;
    for (let number = firstFrame, from = firstOffset; rest > 0; number++, from = 0) {
      const chunk = this.#cut(number, await this.readFrameData(number), { from, to: from + rest });
      // Without this a content that begins at a frame's end would never come to its own.
      if (chunk.length === 0) throw this.corrupt(this.layout.directoryRange, 'the index points past a frame');
      rest -= chunk.length;
      yield chunk;
    }
  }

  /** A part of a frame's content: in memory of its own when it is a small part, so that the rest can go. */
  #cut(number: number, data: Buffer, { from, to }: FileRange): Buffer {
    const { contentBytes } = this.#frame(number);
    const isSmall = 2 * (to - from) < contentBytes && contentBytes <= SCRATCH_BYTES;
    if (!isSmall) return this.decodeFrame(number, data).subarray(from, to);
    scratch ??= Buffer.allocUnsafeSlow(SCRATCH_BYTES);
    return Buffer.from(this.decodeFrame(number, data, scratch).subarray(from, to));
  }

  #frame(number: number): FramePlace {
    const frame = this.layout.frames.at(number);
    if (frame === undefined) throw this.corrupt(this.layout.directoryRange, `there is no frame ${number}`);
    return frame;
  }

  /** Bytes of the file as they stand there. */
  async readBytes(range: FileRange): Promise<Buffer> {
    return await this.#sink.readRange(this.name, { offset: range.from, length: range.to - range.from });
  }

  corrupt(range: FileRange, what: string): CorruptShard {
    return new CorruptShard({ shard: this.name, range, what });
  }
}
