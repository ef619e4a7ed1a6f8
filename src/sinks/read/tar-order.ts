import type { IndexColumns } from '../format/index-columns.ts';
import { compareUids, uidAt } from '../format/index-columns.ts';

/** Entries of all index pages by their place in the tar stream, numbered: objects would cost more than the work on them. */
export class TarOrder {
  readonly #pages: readonly IndexColumns[];
  /** Of the first entry of each page, in the order of the index. */
  readonly #firsts: readonly number[];
  readonly #pageOf: Uint32Array;
  readonly #frames: Uint32Array;
  readonly #offsets: Uint32Array;
  /** Entries in the order of the index, by their place in the stream. */
  readonly #entries: Uint32Array;
  /** By entry: 1 where one with the same uid stands before it in the stream. */
  readonly #repeated: Uint8Array;

  constructor(pages: readonly IndexColumns[]) {
    this.#pages = pages;
    const firsts: number[] = [];
    let count = 0;
    for (const page of pages) {
      firsts.push(count);
      count += page.count;
    }
    this.#firsts = firsts;
    this.#pageOf = new Uint32Array(count);
    this.#frames = new Uint32Array(count);
    this.#offsets = new Uint32Array(count);
    for (const [number, { count: length, frame, frameOffset }] of pages.entries()) {
      const first = firsts[number]!;
      this.#pageOf.fill(number, first, first + length);
      this.#frames.set(frame.subarray(0, length), first);
      this.#offsets.set(frameOffset.subarray(0, length), first);
    }
    this.#entries = this.#sorted();
    this.#repeated = new Uint8Array(count);
    this.#findRepeated();
  }

  get count(): number {
    return this.#entries.length;
  }

  page(position: number): IndexColumns {
    return this.#pages[this.pageNumber(position)]!;
  }

  pageNumber(position: number): number {
    return this.#pageOf[this.#entries[position]!]!;
  }

  /** Position in its page. */
  at(position: number): number {
    const entry = this.#entries[position]!;
    return entry - this.#firsts[this.#pageOf[entry]!]!;
  }

  isRepeated(position: number): boolean {
    return this.#repeated[this.#entries[position]!] === 1;
  }

  /** First by frame, counted, then in each frame: several times faster than to compare all with all. */
  #sorted(): Uint32Array {
    const frames = this.#frames;
    const frameCount = frames.reduce((most, frame) => Math.max(most, frame), 0) + 1;
    const byPlace = (a: number, b: number): number => this.#compare(a, b);
    // An index that was forged may name any frame.
    if (frameCount > frames.length + 1) return Uint32Array.from(frames, (_, entry) => entry).sort(byPlace);
    const begins = new Uint32Array(frameCount + 1);
    for (const frame of frames) begins[frame + 1]!++;
    for (let frame = 1; frame <= frameCount; frame++) begins[frame]! += begins[frame - 1]!;
    const ends = begins.slice(0, frameCount);
    const entries = new Uint32Array(frames.length);
    frames.forEach((frame, entry) => (entries[ends[frame]!++] = entry));
    for (let frame = 0; frame < frameCount; frame++)
      entries.subarray(begins[frame], begins[frame + 1]).sort(byPlace);
    return entries;
  }

  #compare(a: number, b: number): number {
    return this.#frames[a]! - this.#frames[b]! || this.#offsets[a]! - this.#offsets[b]!;
  }

  /** The index is sorted by uid, so equal ones are neighbours. */
  #findRepeated(): void {
    let first = 0;
    for (let entry = 1; entry < this.#entries.length; entry++) {
      if (!this.#isLikeTheOneBefore(entry)) first = entry;
      else if (this.#compare(first, entry) <= 0) this.#repeated[entry] = 1;
      else {
        this.#repeated[first] = 1;
        first = entry;
      }
    }
  }

  #isLikeTheOneBefore(entry: number): boolean {
    const number = this.#pageOf[entry]!;
    const page = this.#pages[number]!;
    const at = entry - this.#firsts[number]!;
    if (at > 0) return compareUids(page, at - 1, at) === 0;
    const before = this.#pages[this.#pageOf[entry - 1]!]!;
    return uidAt(before, before.count - 1).equals(uidAt(page, 0));
  }
}
