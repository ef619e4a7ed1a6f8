import type { Sink } from '../sink.ts';

const PIECE_BYTES = 1024 * 1024;

/** A stretch of a file of the sink, piece by piece. */
export async function* readPieces(options: {
  readonly sink: Sink;
  readonly name: string;
  /** Inclusive. */
  readonly from: number;
  /** Exclusive; not behind the file's end. */
  readonly to: number;
  /** Told of each piece; may throw to end it. */
  readonly onBytes: (bytes: number) => void;
}): AsyncGenerator<Buffer> {
  const { sink, name, to } = options;
  for (let offset = options.from; offset < to; offset += PIECE_BYTES) {
    const length = Math.min(PIECE_BYTES, to - offset);
    yield await sink.readRange(name, { offset, length });
    options.onBytes(length);
  }
}
