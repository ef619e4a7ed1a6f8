/** Small, because thousands of windows may be open with a few rows each. */
const FIRST_CHUNK_BYTES = 1_024;
/** Large enough that a chunk holds thousands of rows, small enough that the unused end of the last one is cheap. */
const LARGEST_CHUNK_BYTES = 1_048_576;
/** Addresses are `chunk × stride + offset`: exact in a double for two million chunks of any length. */
const STRIDE = 2 ** 32;

/** Bytes that are only ever added, in chunks that double in size, so that nothing is copied when it grows. */
export class ByteArena {
  readonly #chunks: Buffer[] = [];
  #open = Buffer.alloc(0);
  #used = 0;
  #allocated = 0;

  /** Bytes taken from the system, the unused end of the last chunk included. */
  get allocatedBytes(): number {
    return this.#allocated;
  }

  /**
   * Makes sure that the next writes of `byteCount` bytes in all stand side by side.
   *
   * @returns the address at which they begin.
   */
  reserve(byteCount: number): number {
    if (this.#used + byteCount > this.#open.length) this.#addChunk(byteCount);
    return (this.#chunks.length - 1) * STRIDE + this.#used;
  }

  /** @returns the bytes that the text takes as UTF-8. Reserve them before. */
  writeText(text: string): number {
    const written = this.#open.write(text, this.#used, 'utf8');
    this.#used += written;
    return written;
  }

  /** Reserve the bytes before. */
  writeBytes(bytes: Uint8Array): void {
    this.#open.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  /** A view, not a copy. */
  view(address: number, byteCount: number): Buffer {
    const start = placeOf(address);
    return this.chunkAt(address).subarray(start, start + byteCount);
  }

  text(address: number, byteCount: number): string {
    const start = placeOf(address);
    return this.chunkAt(address).toString('utf8', start, start + byteCount);
  }

  /** The chunk that holds an address; the place in it is {@link placeOf}. */
  chunkAt(address: number): Buffer {
    return this.#chunks[Math.floor(address / STRIDE)]!;
  }

  #addChunk(byteCount: number): void {
    const doubled = Math.min(Math.max(this.#open.length * 2, FIRST_CHUNK_BYTES), LARGEST_CHUNK_BYTES);
    this.#open = Buffer.allocUnsafeSlow(Math.max(doubled, byteCount));
    this.#used = 0;
    this.#chunks.push(this.#open);
    this.#allocated += this.#open.length;
  }
}

/** Where an address lies in its chunk. */
export function placeOf(address: number): number {
  // Cheaper than the remainder of two doubles, and this runs for every comparison of a sort.
  return address - Math.floor(address / STRIDE) * STRIDE;
}
