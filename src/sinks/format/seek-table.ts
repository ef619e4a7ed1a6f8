import { SEEK_TABLE_MAGIC, SKIPPABLE_HEADER_BYTES, skippableFrame } from './skippable.ts';

/** One frame before the seek table; skippable ones hold no decompressed bytes. */
export interface SeekEntry {
  readonly compressedBytes: number;
  readonly contentBytes: number;
  /** Low 32 bits of XXH64 of the content. */
  readonly checksum: number;
}

/** Low 32 bits of XXH64 of nothing: the checksum of skippable frames. */
export const EMPTY_CHECKSUM = 0x51d8e999;

const ENTRY_BYTES = 12;
/** Frame count u32, descriptor u8, magic u32. */
const SEEK_FOOTER_BYTES = 9;
const SEEKABLE_MAGIC = 0x8f92eab1;
const CHECKSUM_FLAG = 0x80;

/**
 * The official seek table, as a skippable frame.
 *
 * Source: zstd's contrib/seekable_format/zstd_seekable_compression_format.md.
 */
export function encodeSeekTable(entries: readonly SeekEntry[]): Buffer {
  const payload = Buffer.alloc(entries.length * ENTRY_BYTES + SEEK_FOOTER_BYTES);
  let at = 0;
  for (const entry of entries) {
    payload.writeUInt32LE(entry.compressedBytes, at);
    payload.writeUInt32LE(entry.contentBytes, at + 4);
    payload.writeUInt32LE(entry.checksum, at + 8);
    at += ENTRY_BYTES;
  }
  payload.writeUInt32LE(entries.length, at);
  payload[at + 4] = CHECKSUM_FLAG;
  payload.writeUInt32LE(SEEKABLE_MAGIC, at + 5);
  return skippableFrame(SEEK_TABLE_MAGIC, payload);
}

/** Bytes of the whole skippable frame, read from the last bytes of a file; undefined when it is no seek table. */
export function seekTableBytes(tail: Buffer): number | undefined {
  if (tail.length < SEEK_FOOTER_BYTES) return undefined;
  const footer = tail.subarray(tail.length - SEEK_FOOTER_BYTES);
  if (footer.readUInt32LE(5) !== SEEKABLE_MAGIC || footer[4] !== CHECKSUM_FLAG) return undefined;
  return SKIPPABLE_HEADER_BYTES + footer.readUInt32LE(0) * ENTRY_BYTES + SEEK_FOOTER_BYTES;
}

/** Entries as they stand in the file: an object each would take many times their memory. */
export class SeekTable {
  readonly count: number;
  readonly #entries: Buffer;

  constructor(entries: Buffer) {
    this.#entries = entries;
    this.count = entries.length / ENTRY_BYTES;
  }

  /** @param number below `count`. */
  at(number: number): SeekEntry {
    const at = number * ENTRY_BYTES;
    return {
      compressedBytes: this.#entries.readUInt32LE(at),
      contentBytes: this.#entries.readUInt32LE(at + 4),
      checksum: this.#entries.readUInt32LE(at + 8),
    };
  }
}

/** @returns undefined when the frame is not exactly one seek table. */
export function decodeSeekTable(frame: Buffer): SeekTable | undefined {
  if (seekTableBytes(frame) !== frame.length) return undefined;
  if (frame.readUInt32LE(0) !== SEEK_TABLE_MAGIC) return undefined;
  if (frame.readUInt32LE(4) !== frame.length - SKIPPABLE_HEADER_BYTES) return undefined;
  return new SeekTable(frame.subarray(SKIPPABLE_HEADER_BYTES, frame.length - SEEK_FOOTER_BYTES));
}
