/** Runs tasks side by side, so many at once, and gives what they come to in the order in which they were given. */
export class OrderedTasks<T> {
  readonly #atOnce: number;
  readonly #begun: Promise<T>[] = [];

  /** @param atOnce 0 or 1: one after another. */
  constructor(atOnce: number) {
    this.#atOnce = Math.max(1, atOnce);
  }

  /** Begins a task. @returns what must be taken to make room for the next one. @throws what a task has thrown. */
  async give(task: () => Promise<T>): Promise<T[]> {
    const begun = task();
    // Told when it is its turn, or to nobody when it was abandoned before.
    begun.catch(() => undefined);
    this.#begun.push(begun);
    return this.#begun.length < this.#atOnce ? [] : [await this.#begun.shift()!];
  }

  /** The rest. */
  async *end(): AsyncGenerator<T> {
    for (let begun = this.#begun.shift(); begun !== undefined; begun = this.#begun.shift()) yield await begun;
  }

  /** Waits for what is still under way, whatever it comes to. */
  async abandon(): Promise<void> {
    await Promise.allSettled(this.#begun);
  }
}
