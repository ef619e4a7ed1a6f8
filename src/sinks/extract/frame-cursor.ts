import type { Sink } from '../sink.ts';
import { CorruptShard } from '../read/corrupt-shard.ts';
import { decodeFrame, frameRange } from '../read/decode-frame.ts';
import type { FramePlace } from '../read/frame-table.ts';
import { lastFrameOf } from './last-frame.ts';
import type { ContentPlace, Piece } from './piece.ts';

/** Read in one request at most: bounds memory, and makes an answer of a bucket worth its wait. */
const BATCH_BYTES = 4 * 1024 * 1024;

/** The frames that contents are read from. */
export type FrameStretch = Omit<Piece, 'content'>;

/** Reads the contents of a piece in their order: each needed frame once, neighbours together, no other. */
export class FrameCursor {
  readonly #sink: Pick<Sink, 'readRange'>;
  readonly #piece: FrameStretch;
  readonly #needed = new Set<number>();
  #batch: { readonly first: number; readonly count: number; readonly data: Buffer } | undefined;
  #content: { readonly number: number; readonly bytes: Buffer } | undefined;

  /** @param places what will be read. */
  constructor(sink: Pick<Sink, 'readRange'>, piece: FrameStretch, places: Iterable<ContentPlace>) {
    this.#sink = sink;
    this.#piece = piece;
    const frames = { at: (number: number) => this.#place(number) };
    for (const place of places) {
      const last = lastFrameOf(place, frames);
      for (let number = place.frame; number <= last; number++) this.#needed.add(number);
    }
  }

  /**
   * The content when one frame holds all of it, as of almost all small files, decoded first if it is not yet.
   *
   * @throws CorruptShard
   */
  async inOneFrame({ frame, frameOffset, sizeBytes }: ContentPlace): Promise<Buffer | undefined> {
    const to = frameOffset + sizeBytes;
    if (to > (this.#place(frame)?.contentBytes ?? 0)) return undefined;
    return (await this.#contentOf(frame)).subarray(frameOffset, to);
  }

  /** @throws CorruptShard */
  async *read(place: ContentPlace): AsyncGenerator<Buffer> {
    let rest = place.sizeBytes;
    for (let number = place.frame, from = place.frameOffset; rest > 0; number++, from = 0) {
      const chunk = (await this.#contentOf(number)).subarray(from, from + rest);
      // Without this a content that begins at a frame's end would never come to its own.
      if (chunk.length === 0) throw this.#corrupt('the index points past a frame');
      rest -= chunk.length;
      yield chunk;
    }
  }

  async #contentOf(number: number): Promise<Buffer> {
    if (this.#content?.number !== number) {
      const frame = this.#place(number);
      if (frame === undefined) throw this.#corrupt(`there is no frame ${number}`);
      const data = await this.#dataOf(number, frame);
      const { shard, seekTableRange } = this.#piece;
      this.#content = { number, bytes: decodeFrame({ shard, number, frame, seekTableRange, data }) };
    }
    return this.#content.bytes;
  }

  async #dataOf(number: number, frame: FramePlace): Promise<Buffer> {
    const { first, count } = this.#batch ?? { first: 0, count: 0 };
    if (number < first || number >= first + count) this.#batch = await this.#readBatch(number);
    const { first: begin, data } = this.#batch!;
    const from = frame.offset - this.#place(begin)!.offset;
    return data.subarray(from, from + frame.compressedBytes);
  }

  async #readBatch(first: number) {
    const { offset } = this.#place(first)!;
    let [count, length] = [0, 0];
    for (let frame = this.#place(first); frame !== undefined; frame = this.#place(first + count)) {
      if (count > 0 && (!this.#needed.has(first + count) || length + frame.compressedBytes > BATCH_BYTES))
        break;
      length += frame.compressedBytes;
      count++;
    }
    return { first, count, data: await this.#sink.readRange(this.#piece.shard, { offset, length }) };
  }

  #place(number: number): FramePlace | undefined {
    return this.#piece.frames[number - this.#piece.firstFrame];
  }

  #corrupt(what: string): CorruptShard {
    const { shard, frames } = this.#piece;
    const range = { from: frameRange(frames[0]!).from, to: frameRange(frames.at(-1)!).to };
    return new CorruptShard({ shard, range, what });
  }
}
