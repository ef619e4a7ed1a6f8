import { createHash } from 'node:crypto';
import { encodeDirectory } from '../format/directory.ts';
import type { PageRef } from '../format/directory.ts';
import { uidAt } from '../format/index-columns.ts';
import type { IndexColumns } from '../format/index-columns.ts';
import { indexOrder } from '../format/index-order.ts';
import { encodePages } from '../format/index-page.ts';
import { EMPTY_CHECKSUM, encodeSeekTable } from '../format/seek-table.ts';
import type { SeekEntry } from '../format/seek-table.ts';
import { encodeShardMetadata } from '../format/shard-metadata.ts';
import type { ShardMetadata } from '../format/shard-metadata.ts';
import { PAGE_MAGIC, skippableFrame } from '../format/skippable.ts';
import { TAR_END_BYTES } from '../format/tar-header.ts';
import type { SinkFile, StoredFile } from '../sink.ts';
import type { FrameCompressor } from '../zstd.ts';
import { frameChecksum } from '../zstd.ts';
import type { MemoryPool } from './memory-pool.ts';
import { WriteBehind } from './write-behind.ts';

/** Writes the bytes of one shard in their order: frames, end marker, index pages, directory, seek table. */
export class ShardWriter {
  readonly #file: SinkFile;
  readonly #behind: WriteBehind;
  readonly #seekEntries: SeekEntry[] = [];
  #offset = 0;

  constructor(file: SinkFile, staging: MemoryPool<Buffer>) {
    this.#file = file;
    this.#behind = new WriteBehind(file, staging);
  }

  /** The frame's memory is the caller's again when it resolves. */
  async writeFrame(frame: Uint8Array, contentBytes: number): Promise<void> {
    await this.#write(frame, { contentBytes, checksum: frameChecksum(frame) });
  }

  /** Writes what follows the data and makes the shard durable. */
  async finish(options: {
    readonly columns: IndexColumns;
    readonly metadata: ShardMetadata;
    readonly compressor: FrameCompressor;
  }): Promise<StoredFile> {
    const { columns, compressor } = options;
    await this.writeFrame(compressor.compress(Buffer.alloc(TAR_END_BYTES)), TAR_END_BYTES);
    const frameCount = this.#seekEntries.length;
    const framesBytes = this.#offset;
    const pages: PageRef[] = [];
    const order = indexOrder(columns);
    let position = 0;
    for (const content of encodePages(columns, order)) {
      const firstUid = Buffer.from(uidAt(columns, order[position]!));
      position += content.readUInt32LE(0);
      pages.push(await this.#writePage(content, firstUid, compressor));
    }
    const metadataJson = encodeShardMetadata(options.metadata);
    await this.#writeSkippable(encodeDirectory({ metadataJson, pages, frameCount, framesBytes }));
    await this.#behind.write(encodeSeekTable(this.#seekEntries));
    await this.#behind.flush();
    return await this.#file.finish();
  }

  /** Gives up: writes nothing more and removes what was written. */
  async abort(): Promise<void> {
    await this.#behind.stop();
    await this.#file.abort();
  }

  async #writePage(content: Buffer, firstUid: Buffer, compressor: FrameCompressor): Promise<PageRef> {
    const payload = compressor.compress(content);
    const frame = skippableFrame(PAGE_MAGIC, payload);
    const offset = this.#offset;
    await this.#writeSkippable(frame);
    const sha256 = createHash('sha256').update(payload).digest();
    return { offset, bytes: frame.length, contentBytes: content.length, sha256, firstUid };
  }

  async #writeSkippable(frame: Uint8Array): Promise<void> {
    await this.#write(frame, { contentBytes: 0, checksum: EMPTY_CHECKSUM });
  }

  async #write(bytes: Uint8Array, entry: Omit<SeekEntry, 'compressedBytes'>): Promise<void> {
    await this.#behind.write(bytes);
    this.#seekEntries.push({ compressedBytes: bytes.length, ...entry });
    this.#offset += bytes.length;
  }
}
