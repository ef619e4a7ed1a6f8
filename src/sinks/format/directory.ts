import { createHash } from 'node:crypto';
import { DIRECTORY_MAGIC, SKIPPABLE_HEADER_BYTES, skippableFrame, skippablePayload } from './skippable.ts';

/** Where one index page stands. */
export interface PageRef {
  /** Offset of its skippable frame in the file. */
  readonly offset: number;
  /** Bytes of its skippable frame, header included. */
  readonly bytes: number;
  /** Bytes of its content before compression. */
  readonly contentBytes: number;
  /** Of the skippable frame's payload. */
  readonly sha256: Buffer;
  readonly firstUid: Buffer;
}

/** The shard's own table of contents: what a reader must know before it trusts anything else in the file. */
export interface Directory<Pages = PageTable> {
  /** Canonical JSON, see shard-metadata.ts. */
  readonly metadataJson: Buffer;
  readonly pages: Pages;
  /** zstd frames, the end marker's included. */
  readonly frameCount: number;
  /** Compressed bytes of those frames: where the first page begins. */
  readonly framesBytes: number;
}

const MAGIC = Buffer.from('TIDEMARK', 'latin1');
const VERSION = 1;
const PAGE_FIXED_BYTES = 52;
const DIGEST_BYTES = 32;
/** frames u64, frames' bytes u64, metadata u64, page table u64, pages u32, version u32, sha256, magic. */
export const DIRECTORY_TRAILER_BYTES = 8 * 4 + 4 * 2 + DIGEST_BYTES + MAGIC.length;

export function encodeDirectory(directory: Directory<readonly PageRef[]>): Buffer {
  const table = Buffer.concat(directory.pages.map(encodePageRef));
  const trailer = Buffer.alloc(DIRECTORY_TRAILER_BYTES);
  trailer.writeBigUInt64LE(BigInt(directory.frameCount), 0);
  trailer.writeBigUInt64LE(BigInt(directory.framesBytes), 8);
  trailer.writeBigUInt64LE(BigInt(directory.metadataJson.length), 16);
  trailer.writeBigUInt64LE(BigInt(table.length), 24);
  trailer.writeUInt32LE(directory.pages.length, 32);
  trailer.writeUInt32LE(VERSION, 36);
  MAGIC.copy(trailer, 40 + DIGEST_BYTES);
  const payload = Buffer.concat([directory.metadataJson, table, trailer]);
  const digestAt = payload.length - DIGEST_BYTES - MAGIC.length;
  createHash('sha256').update(payload.subarray(0, digestAt)).digest().copy(payload, digestAt);
  return skippableFrame(DIRECTORY_MAGIC, payload);
}

function encodePageRef(page: PageRef): Buffer {
  const ref = Buffer.alloc(PAGE_FIXED_BYTES + page.firstUid.length);
  ref.writeBigUInt64LE(BigInt(page.offset), 0);
  ref.writeUInt32LE(page.bytes, 8);
  ref.writeUInt32LE(page.contentBytes, 12);
  page.sha256.copy(ref, 16);
  ref.writeUInt32LE(page.firstUid.length, 48);
  page.firstUid.copy(ref, PAGE_FIXED_BYTES);
  return ref;
}

/**
 * Bytes of the whole directory frame, from its last bytes.
 *
 * @returns undefined when they are no trailer of a version that this program knows.
 */
export function directoryBytes(tail: Buffer): number | undefined {
  if (tail.length < DIRECTORY_TRAILER_BYTES) return undefined;
  const trailer = tail.subarray(tail.length - DIRECTORY_TRAILER_BYTES);
  if (!trailer.subarray(40 + DIGEST_BYTES).equals(MAGIC)) return undefined;
  if (trailer.readUInt32LE(36) !== VERSION) return undefined;
  const bytes = Number(trailer.readBigUInt64LE(16)) + Number(trailer.readBigUInt64LE(24));
  return SKIPPABLE_HEADER_BYTES + bytes + DIRECTORY_TRAILER_BYTES;
}

/** @returns undefined when the frame is not exactly one directory, or its digest differs. */
export function decodeDirectory(frame: Buffer): Directory | undefined {
  if (directoryBytes(frame) !== frame.length) return undefined;
  const payload = skippablePayload(DIRECTORY_MAGIC, frame);
  if (payload === undefined) return undefined;
  const trailerAt = payload.length - DIRECTORY_TRAILER_BYTES;
  const digestAt = payload.length - DIGEST_BYTES - MAGIC.length;
  const digest = createHash('sha256').update(payload.subarray(0, digestAt)).digest();
  if (!digest.equals(payload.subarray(digestAt, digestAt + DIGEST_BYTES))) return undefined;
  const metadataBytes = Number(payload.readBigUInt64LE(trailerAt + 16));
  const pages = decodePageTable({
    table: payload.subarray(metadataBytes, trailerAt),
    count: payload.readUInt32LE(trailerAt + 32),
  });
  if (pages === undefined) return undefined;
  return {
    metadataJson: payload.subarray(0, metadataBytes),
    pages,
    frameCount: Number(payload.readBigUInt64LE(trailerAt)),
    framesBytes: Number(payload.readBigUInt64LE(trailerAt + 8)),
  };
}

/** Where the index pages stand, as the file says it: an object each would take many times its memory. */
export class PageTable {
  readonly length: number;
  readonly #table: Buffer;
  /** Where each page's entry begins. */
  readonly #starts: Uint32Array;

  constructor(table: Buffer, starts: Uint32Array) {
    this.length = starts.length;
    this.#table = table;
    this.#starts = starts;
  }

  /** @param number below `length`. */
  at(number: number): PageRef {
    const at = this.#starts[number]!;
    const uid = at + PAGE_FIXED_BYTES;
    return {
      offset: Number(this.#table.readBigUInt64LE(at)),
      bytes: this.#table.readUInt32LE(at + 8),
      contentBytes: this.#table.readUInt32LE(at + 12),
      sha256: this.#table.subarray(at + 16, at + 48),
      firstUid: this.#table.subarray(uid, uid + this.#table.readUInt32LE(at + 48)),
    };
  }
}

function decodePageTable(parts: { readonly table: Buffer; readonly count: number }): PageTable | undefined {
  const { table, count } = parts;
  if (count * PAGE_FIXED_BYTES > table.length) return undefined;
  const starts = new Uint32Array(count);
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + PAGE_FIXED_BYTES > table.length) return undefined;
    starts[i] = at;
    at += PAGE_FIXED_BYTES + table.readUInt32LE(at + 48);
  }
  return at === table.length ? new PageTable(table, starts) : undefined;
}
