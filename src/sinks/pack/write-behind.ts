import type { SinkFile } from '../sink.ts';
import type { MemoryPool } from './memory-pool.ts';

/** Of one piece of staging memory; two are used, one fills while the other is written. */
export const STAGING_BYTES = 2 * 1024 * 1024;

/**
 * Hands bytes to a file of the sink while the caller goes on: what comes in during one write goes out together with the
 * next. The caller waits only when that much is waiting already, so that no worker idles for the disk's sake.
 */
export class WriteBehind {
  readonly #file: SinkFile;
  readonly #memory: MemoryPool<Buffer>;
  #filling: Buffer | undefined;
  #filledBytes = 0;
  #writing: Promise<void> | undefined;
  #onRoom: () => void = () => undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(file: SinkFile, memory: MemoryPool<Buffer>) {
    this.#file = file;
    this.#memory = memory;
  }

  /** Takes a copy of the bytes; they are the caller's again when it resolves. @throws what an earlier write threw. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#throwFailure();
    for (let at = 0; at < bytes.length;) {
      if (this.#filledBytes === this.#filling?.length)
        await new Promise<void>((room) => (this.#onRoom = room));
      this.#throwFailure();
      this.#filling ??= this.#memory.take();
      const part = bytes.subarray(at, at + this.#filling.length - this.#filledBytes);
      // Not `set`: from memory that threads share it copies byte by byte, which takes five times as long.
      this.#filling.fill(part, this.#filledBytes, this.#filledBytes + part.length);
      this.#filledBytes += part.length;
      at += part.length;
      this.#writing ??= this.#drain();
    }
  }

  /** Resolves when all is written. @throws what a write threw. */
  async flush(): Promise<void> {
    await this.#writing;
    this.#throwFailure();
  }

  /** Writes no more of what is waiting; resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#filledBytes = 0;
    await this.#writing;
  }

  async #drain(): Promise<void> {
    try {
      while (this.#filling !== undefined && this.#filledBytes > 0) {
        const [piece, length] = [this.#filling, this.#filledBytes];
        this.#filling = undefined;
        this.#filledBytes = 0;
        this.#onRoom();
        await this.#file.write(piece.subarray(0, length));
        this.#memory.give(piece);
      }
    } catch (error) {
      this.#failure = { error };
    } finally {
      this.#writing = undefined;
      this.#onRoom();
    }
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
