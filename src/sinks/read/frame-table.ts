import type { SeekEntry, SeekTable } from '../format/seek-table.ts';

export interface FramePlace extends SeekEntry {
  /** Where it begins in the file. */
  readonly offset: number;
}

/** Data frames and the end marker's, with their places. */
export class FrameTable {
  readonly length: number;
  readonly #table: SeekTable;
  readonly #offsets: Float64Array;
  /** Many small contents stand in one frame. */
  #last: { readonly number: number; readonly place: FramePlace } | undefined;

  /** @param options.count how many entries, from the first on, are such frames; at most all. */
  constructor(options: { readonly table: SeekTable; readonly count: number }) {
    this.length = options.count;
    this.#table = options.table;
    this.#offsets = new Float64Array(this.length + 1);
    for (let i = 0; i < this.length; i++)
      this.#offsets[i + 1] = this.#offsets[i]! + this.#table.at(i).compressedBytes;
  }

  /** Where the last one ends. */
  get end(): number {
    return this.#offsets[this.length]!;
  }

  at(number: number): FramePlace | undefined {
    if (number < 0 || number >= this.length) return undefined;
    if (this.#last?.number !== number)
      this.#last = { number, place: { ...this.#table.at(number), offset: this.#offsets[number]! } };
    return this.#last.place;
  }
}
