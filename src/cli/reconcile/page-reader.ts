/** Looks at sorted pages one item at a time; a promise only where a page has to be read. */
export class PageReader<T> {
  readonly #pages: AsyncIterator<readonly T[]>;
  #page: readonly T[] = [];
  #at = 0;

  private constructor(pages: AsyncIterable<readonly T[]>) {
    this.#pages = pages[Symbol.asyncIterator]();
  }

  static async open<T>(pages: AsyncIterable<readonly T[]>): Promise<PageReader<T>> {
    const reader = new PageReader(pages);
    await reader.#turn();
    return reader;
  }

  /** Undefined at the end. */
  get current(): T | undefined {
    return this.#page[this.#at];
  }

  advance(): Promise<void> | undefined {
    this.#at++;
    return this.#at < this.#page.length ? undefined : this.#turn();
  }

  async #turn(): Promise<void> {
    for (;;) {
      const next = await this.#pages.next();
      this.#page = next.done === true ? [] : next.value;
      this.#at = 0;
      if (next.done === true || next.value.length > 0) return;
    }
  }
}
