import type { IndexColumns } from '../format/index-columns.ts';
import type { ShardMetadata } from '../format/shard-metadata.ts';
import { inTarOrder, rowsContentFrom } from './expected-members.ts';

const NEWLINE = 0x0a;

/** Counts the lines of `rows.ndjson` as they go by; with `payload: row` compares each with its index entry. */
export class LineCheck {
  readonly #metadata: ShardMetadata;
  /** Content position just behind each line and where the index says that it begins; null with `payload: file`. */
  readonly #ends: Float64Array | null;
  #lines = 0;
  #position = 0;
  #endsWithNewline = false;

  constructor(metadata: ShardMetadata, pages: readonly IndexColumns[]) {
    this.#metadata = metadata;
    this.#ends = metadata.payload === 'row' ? lineEnds(metadata, pages) : null;
  }

  /** @returns what is wrong, if anything. */
  push(content: Buffer): string | undefined {
    for (let at = content.indexOf(NEWLINE); at >= 0; at = content.indexOf(NEWLINE, at + 1)) {
      if (this.#ends !== null && this.#ends[this.#lines] !== this.#position + at)
        return `line ${this.#lines + 1} of rows.ndjson does not stand where the index says`;
      this.#lines++;
    }
    this.#position += content.length;
    this.#endsWithNewline = content.at(-1) === NEWLINE;
    return undefined;
  }

  finish(): string | undefined {
    if (this.#lines === this.#metadata.rows && this.#endsWithNewline) return undefined;
    return `rows.ndjson has ${this.#lines} lines, the metadata says ${this.#metadata.rows} rows`;
  }
}

/** NaN, which equals nothing, for a line that does not begin where the line before it ends. */
function lineEnds(metadata: ShardMetadata, pages: readonly IndexColumns[]): Float64Array {
  const header = rowsContentFrom(metadata);
  let next = 0;
  return Float64Array.from(inTarOrder(pages), ([page, at]) => {
    const begin = page.frame[at]! * metadata.frameBytes + page.frameOffset[at]! - header;
    const end = begin + page.sizeBytes[at]!;
    const follows = begin === next;
    next = end + 1;
    return follows ? end : Number.NaN;
  });
}
