import type { SinkFile } from '../sink.ts';

/** What may wait to be written. */
const QUEUED_BYTES_MAX = 8 * 1024 * 1024;

/**
 * Hands bytes to a file of the sink while the caller goes on: what comes in during one write goes out together with the
 * next. The caller waits only when too much is queued, so that no worker idles for the disk's sake.
 */
export class WriteBehind {
  readonly #file: SinkFile;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #writing: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(file: SinkFile) {
    this.#file = file;
  }

  /** Takes the bytes; they are not the caller's any more. @throws what an earlier write threw. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.error;
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    this.#writing ??= this.#drain();
    if (this.#queuedBytes > QUEUED_BYTES_MAX) await this.flush();
  }

  /** Resolves when all is written. @throws what a write threw. */
  async flush(): Promise<void> {
    await this.#writing;
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Writes no more of what is queued; resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#queue = [];
    await this.#writing;
  }

  async #drain(): Promise<void> {
    try {
      while (this.#queue.length > 0) {
        const parts = this.#queue;
        this.#queue = [];
        this.#queuedBytes = 0;
        await this.#file.write(parts.length === 1 ? parts[0]! : Buffer.concat(parts));
      }
    } catch (error) {
      this.#failure = { error };
    } finally {
      this.#writing = undefined;
    }
  }
}
