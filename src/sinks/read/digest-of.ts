import { createHash } from 'node:crypto';
import type { Sink } from '../sink.ts';
import { readPieces } from './read-pieces.ts';

/** Reads a file of the sink. @returns its sha256, lower-case hex. */
export async function digestOf(options: {
  readonly sink: Sink;
  readonly name: string;
  /** Its length. */
  readonly bytes: number;
  /** Told of each piece; may throw to end it. */
  readonly onBytes: (bytes: number) => void;
}): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of readPieces({ ...options, from: 0, to: options.bytes })) hash.update(piece);
  return hash.digest('hex');
}
