import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Sink } from '../sink.ts';
import { frameRange } from './decode-frame.ts';
import type { ShardReader } from './shard-reader.ts';

/** Read in one request at most. */
const BATCH_BYTES = 4 * 1024 * 1024;

interface Batch {
  readonly from: number;
  readonly to: number;
  readonly data: Promise<Buffer>;
}

/**
 * Reads a shard from its beginning to its end, once: for its frames and for its digest. The next batch is on its way
 * while one is worked on.
 */
export class FrameScan {
  readonly #sink: Pick<Sink, 'readRange'>;
  readonly #reader: ShardReader;
  readonly #onBytes: (bytes: number) => void;
  readonly #hash = createHash('sha256');
  #batch: Omit<Batch, 'data'> & { readonly data: Buffer } = { from: 0, to: 0, data: Buffer.alloc(0) };
  /** Two in turns: new memory for each batch would cost as much as to read it. */
  readonly #memory: readonly Buffer[];
  #batches = 0;
  /** The first frame that no batch has yet. */
  #frame = 0;
  #ahead: Batch | undefined;

  constructor(options: {
    readonly sink: Pick<Sink, 'readRange'>;
    readonly reader: ShardReader;
    readonly onBytes: (bytes: number) => void;
  }) {
    this.#sink = options.sink;
    this.#reader = options.reader;
    this.#onBytes = options.onBytes;
    const batchBytes = Math.min(BATCH_BYTES, options.reader.layout.bytes);
    this.#memory = [0, 1].map(() => Buffer.allocUnsafeSlow(batchBytes));
    this.#ahead = this.#begin(0);
  }

  /** One frame as it stands in the file, until the next one is asked for. Frames are asked for in their order. */
  async data(number: number): Promise<Buffer> {
    // Reading goes on by turns of the event loop; the work on a frame leaves none.
    await setImmediate();
    const { from, to } = frameRange(this.#reader.layout.frames.at(number)!);
    while (to > this.#batch.to) await this.#take();
    return this.#batch.data.subarray(from - this.#batch.from, to - this.#batch.from);
  }

  /** Reads what is left. @returns the sha256 of the whole file, lower-case hex. */
  async digest(): Promise<string> {
    while (this.#ahead !== undefined) await this.#take();
    return this.#hash.digest('hex');
  }

  async #take(): Promise<void> {
    const { from, to, data } = this.#ahead!;
    this.#batch = { from, to, data: await data };
    this.#ahead = this.#begin(to);
    this.#hash.update(this.#batch.data);
    this.#onBytes(to - from);
  }

  /** Whole frames, as many as fit; behind the last one whatever follows. */
  #begin(from: number): Batch | undefined {
    const { bytes, frames } = this.#reader.layout;
    if (from >= bytes) return undefined;
    let to = from;
    for (let frame = frames.at(this.#frame); frame !== undefined; frame = frames.at(++this.#frame)) {
      const { to: end } = frameRange(frame);
      if (to > from && end - from > BATCH_BYTES) break;
      to = end;
    }
    if (to === from) to = Math.min(bytes, from + BATCH_BYTES);
    const memory = this.#memory[this.#batches++ % this.#memory.length];
    const data = this.#sink.readRange(this.#reader.name, { offset: from, length: to - from }, memory);
    // It is awaited later, or never when the work on the batch before it ends everything.
    data.catch(() => undefined);
    return { from, to, data };
  }
}
