import { createRequire } from 'node:module';
import type * as Binding from 'zstd-napi/binding.js';
import { assert } from '../base/assert.ts';
import { TidemarkError } from '../base/errors.ts';

type Zstd = typeof Binding;

let loaded: Zstd | undefined;

/**
 * The native binding, loaded on first use: npm may have skipped its install script, and that deserves a better
 * message than a stack trace at start.
 *
 * @throws TidemarkError ERR_ZSTD_MISSING
 */
function loadZstd(): Zstd {
  try {
    loaded ??= createRequire(import.meta.url)('zstd-napi/binding') as Zstd;
    return loaded;
  } catch (cause) {
    throw new TidemarkError('ERR_ZSTD_MISSING', { detail: 'zstd-napi has no native binding here', cause });
  }
}

/**
 * Compresses whole frames, one call a frame: content size and checksum on, no dictionary, no threads of zstd's
 * own. Streaming calls and extra zstd threads would give other bytes for the same input.
 */
export class FrameCompressor {
  readonly #zstd = loadZstd();
  /** One context for life: a new one a frame costs time, and memory that is freed late. */
  readonly #context = new this.#zstd.CCtx();
  #output: Uint8Array<ArrayBuffer>;

  constructor(options: { readonly level: number; readonly frameBytesMax: number }) {
    const { CParameter } = this.#zstd;
    this.#context.setParameter(CParameter.compressionLevel, options.level);
    this.#context.setParameter(CParameter.contentSizeFlag, 1);
    this.#context.setParameter(CParameter.checksumFlag, 1);
    this.#context.setParameter(CParameter.nbWorkers, 0);
    this.#output = new Uint8Array(compressedBytesMax(options.frameBytesMax));
  }

  /** @returns one zstd frame in memory of its own. */
  compress(content: Uint8Array): Uint8Array<ArrayBuffer> {
    const bound = compressedBytesMax(content.length);
    if (bound > this.#output.length) this.#output = new Uint8Array(bound);
    return this.#output.slice(0, this.compressInto(this.#output, content));
  }

  /**
   * Makes one zstd frame at the begin of the target, which is not the content's memory and has room for
   * {@link compressedBytesMax} bytes.
   *
   * @returns the frame's length in bytes.
   */
  compressInto(target: Uint8Array, content: Uint8Array): number {
    const length = this.#context.compress2(target, content);
    // A detached buffer compresses to an empty frame without a word.
    assert(
      this.#zstd.getFrameContentSize(target.subarray(0, length)) === content.length,
      'a frame must hold all of its content',
    );
    return length;
  }
}

/** What a frame of so many bytes may take at most: zstd's own bound (ZSTD_COMPRESSBOUND of zstd.h). */
export function compressedBytesMax(contentBytes: number): number {
  const small = 128 * 1024;
  const more = contentBytes < small ? (small - contentBytes) >>> 11 : 0;
  return contentBytes + Math.floor(contentBytes / 256) + more;
}

const UNUSED_HEADER_BIT = 0x10;
let decompressor: InstanceType<Zstd['DCtx']> | undefined;

/**
 * Decompresses one whole frame whose size is known from elsewhere.
 *
 * @param options.contentBytes what the frame must hold; checked before memory is taken.
 * @param options.target memory to use instead of new one, when it is long enough.
 * @returns undefined when the bytes are not exactly one such frame, or its checksum differs.
 */
export function decompressFrame(
  frame: Uint8Array,
  options: { readonly contentBytes: number; readonly target?: Buffer },
): Buffer | undefined {
  const zstd = loadZstd();
  decompressor ??= new zstd.DCtx();
  try {
    // zstd ignores this bit; here it means that the frame is not the one that was written.
    if (((frame[4] ?? 0) & UNUSED_HEADER_BIT) !== 0) return undefined;
    if (zstd.getFrameContentSize(frame) !== options.contentBytes) return undefined;
    if (zstd.findFrameCompressedSize(frame) !== frame.length) return undefined;
    const { contentBytes, target } = options;
    const content =
      target !== undefined && target.length >= contentBytes
        ? target.subarray(0, contentBytes)
        : Buffer.allocUnsafe(contentBytes);
    return decompressor.decompress(content, frame) === content.length ? content : undefined;
  } catch {
    // zstd says only that the frame is corrupt; the caller knows its name and place, and reports those.
    return undefined;
  }
}

/** A checksummed frame ends with the low 32 bits of XXH64 of its content: the seek table's checksum. */
export function frameChecksum(frame: Uint8Array): number {
  const at = frame.length - 4;
  return (frame[at]! | (frame[at + 1]! << 8) | (frame[at + 2]! << 16) | (frame[at + 3]! << 24)) >>> 0;
}

/** Version of libzstd; it stands in every shard and manifest because another one may compress differently. */
export function zstdVersion(): string {
  return loadZstd().versionString();
}
