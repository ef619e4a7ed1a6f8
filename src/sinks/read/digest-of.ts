import { createHash } from 'node:crypto';
import type { Sink } from '../sink.ts';

const CHUNK_BYTES = 1024 * 1024;

/** Reads a file of the sink. @returns its sha256, lower-case hex. */
export async function digestOf(options: {
  readonly sink: Sink;
  readonly name: string;
  /** Its length. */
  readonly bytes: number;
  /** Told of each piece; may throw to end it. */
  readonly onBytes: (bytes: number) => void;
}): Promise<string> {
  const { sink, name, bytes } = options;
  const hash = createHash('sha256');
  for (let offset = 0; offset < bytes; offset += CHUNK_BYTES) {
    const length = Math.min(CHUNK_BYTES, bytes - offset);
    hash.update(await sink.readRange(name, { offset, length }));
    options.onBytes(length);
  }
  return hash.digest('hex');
}
