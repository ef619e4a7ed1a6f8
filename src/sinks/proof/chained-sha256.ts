import { SHA256 } from '@stablelib/sha256';

/** SHA-256 takes its input in blocks of so many bytes; between two blocks eight words are all that it remembers. */
export const SHA256_BLOCK_BYTES = 64;
export const SHA256_STATE_BYTES = 32;

/**
 * SHA-256 that can be left between two blocks and taken up again elsewhere, which the hash of Node cannot. Slower than
 * that one: for proofs only.
 */
export class ChainedSha256 {
  readonly #hash = new SHA256();

  /**
   * Goes on behind a prefix.
   *
   * @param prefix.bytes its length, a multiple of the block.
   * @param prefix.state as {@link state} gave it.
   */
  static after(prefix: { readonly bytes: number; readonly state: Buffer }): ChainedSha256 {
    const words = new Int32Array(8);
    for (let i = 0; i < words.length; i++) words[i] = prefix.state.readInt32BE(4 * i);
    const chained = new ChainedSha256();
    chained.#hash.restoreState({
      state: words,
      buffer: undefined,
      bufferLength: 0,
      bytesHashed: prefix.bytes,
    });
    return chained;
  }

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  /** The chaining value, eight big-endian words; only between two blocks. */
  state(): Buffer {
    const saved = this.#hash.saveState();
    if (saved.bufferLength !== 0) throw new RangeError('a block is only partly hashed');
    const state = Buffer.alloc(SHA256_STATE_BYTES);
    saved.state.forEach((word, i) => state.writeInt32BE(word, 4 * i));
    return state;
  }

  /** Lower-case hex. Nothing may be added afterwards. */
  digest(): string {
    return Buffer.from(this.#hash.digest()).toString('hex');
  }
}

/** The last edge of a block at or before this byte. */
export function blockEdgeBefore(byte: number): number {
  return byte - (byte % SHA256_BLOCK_BYTES);
}
