import type { IndexColumns } from '../format/index-columns.ts';
import { compareUids, uidAt } from '../format/index-columns.ts';

/** Entries of all index pages by their place in the tar stream, numbered: objects would cost more than the work on them. */
export class TarOrder {
  readonly #pages: readonly IndexColumns[];
  /** Of the first entry of each page, in the order of the index. */
  readonly #firsts: readonly number[];
  readonly #pageOf: Uint32Array;
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
    pages.forEach((page, number) => this.#pageOf.fill(number, firsts[number], firsts[number]! + page.count));
    this.#entries = Uint32Array.from({ length: count }, (_, entry) => entry);
    for (let entry = 1; entry < count; entry++)
      if (this.#compare(entry - 1, entry) > 0) {
        this.#entries.sort((a, b) => this.#compare(a, b));
        break;
      }
    this.#repeated = new Uint8Array(count);
    this.#findRepeated();
  }

  get count(): number {
    return this.#entries.length;
  }

  page(position: number): IndexColumns {
    return this.#pages[this.#pageOf[this.#entries[position]!]!]!;
  }

  /** Position in its page. */
  at(position: number): number {
    const entry = this.#entries[position]!;
    return entry - this.#firsts[this.#pageOf[entry]!]!;
  }

  isRepeated(position: number): boolean {
    return this.#repeated[this.#entries[position]!] === 1;
  }

  #compare(a: number, b: number): number {
    const [one, other] = [this.#pages[this.#pageOf[a]!]!, this.#pages[this.#pageOf[b]!]!];
    const [i, j] = [a - this.#firsts[this.#pageOf[a]!]!, b - this.#firsts[this.#pageOf[b]!]!];
    return one.frame[i]! - other.frame[j]! || one.frameOffset[i]! - other.frameOffset[j]!;
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
