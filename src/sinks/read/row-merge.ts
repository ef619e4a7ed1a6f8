import { assert } from '../../base/assert.ts';
import { compareRowPlaces } from './archived-row.ts';
import type { ArchivedRow } from './archived-row.ts';

/** One source: the page that is being read and where the rest comes from. */
interface Head {
  page: readonly ArchivedRow[];
  at: number;
  readonly rest: AsyncIterator<readonly ArchivedRow[]>;
}

/**
 * Merges sorted sources of rows into one order, one page of each in memory. A binary heap of the sources by their
 * next row: with thousands of supplements a row must not cost a look at each.
 */
export class RowMerge {
  readonly #heap: Head[] = [];

  /** The least row of all sources; undefined when there is none. */
  get first(): ArchivedRow | undefined {
    const head = this.#heap[0];
    return head?.page[head.at];
  }

  async add(source: AsyncIterator<readonly ArchivedRow[]>): Promise<void> {
    const head: Head = { page: [], at: 0, rest: source };
    if (await turnPage(head)) this.#rise(this.#heap.push(head) - 1);
  }

  /** Steps past {@link first}. @returns a promise only when a page has to be read before the next look. */
  advance(): Promise<void> | undefined {
    const head = this.#heap[0];
    assert(head !== undefined, 'there is no row to step past');
    if (++head.at >= head.page.length) return this.#refill(head);
    this.#sink();
    return undefined;
  }

  /** Ends every source. */
  async close(): Promise<void> {
    for (const { rest } of this.#heap.splice(0)) await rest.return?.();
  }

  async #refill(head: Head): Promise<void> {
    if (!(await turnPage(head))) {
      const last = this.#heap.pop()!;
      if (last === head) return;
      this.#heap[0] = last;
    }
    this.#sink();
  }

  #rise(at: number): void {
    const heap = this.#heap;
    for (let parent = (at - 1) >> 1; at > 0 && isBefore(heap[at]!, heap[parent]!); parent = (at - 1) >> 1) {
      [heap[at], heap[parent]] = [heap[parent]!, heap[at]!];
      at = parent;
    }
  }

  #sink(): void {
    const heap = this.#heap;
    for (let at = 0; ;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < heap.length && isBefore(heap[child]!, heap[least]!)) least = child;
      if (least === at) return;
      [heap[at], heap[least]] = [heap[least]!, heap[at]!];
      at = least;
    }
  }
}

function isBefore(a: Head, b: Head): boolean {
  return compareRowPlaces(a.page[a.at]!, b.page[b.at]!) < 0;
}

async function turnPage(head: Head): Promise<boolean> {
  for (;;) {
    const next = await head.rest.next();
    if (next.done === true) return false;
    if (next.value.length === 0) continue;
    head.page = next.value;
    head.at = 0;
    return true;
  }
}
