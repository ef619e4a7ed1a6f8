/** How long a burst is gathered before its one line is written: short enough for a person who looks on. */
const GATHERED_MS = 5_000;

/**
 * Joins what comes again and again into one report a burst: the first of a kind starts it, and whatever of that
 * kind follows within a few seconds belongs to it.
 */
export class Bursts<T> {
  readonly #join: (sum: T, next: T) => T;
  readonly #report: (sum: T) => void;
  readonly #open = new Map<string, { sum: T; readonly timer: NodeJS.Timeout }>();

  constructor(options: { readonly join: (sum: T, next: T) => T; readonly report: (sum: T) => void }) {
    this.#join = options.join;
    this.#report = options.report;
  }

  /** @param kind bounded by the caller: a table and a reason, not a message with a position in it. */
  add(kind: string, item: T): void {
    const burst = this.#open.get(kind);
    if (burst === undefined) {
      const timer = setTimeout(() => this.#close(kind), GATHERED_MS).unref();
      this.#open.set(kind, { sum: item, timer });
    } else {
      burst.sum = this.#join(burst.sum, item);
    }
  }

  /** Reports what is open. */
  flush(): void {
    for (const kind of [...this.#open.keys()]) this.#close(kind);
  }

  #close(kind: string): void {
    const burst = this.#open.get(kind);
    if (burst === undefined) return;
    clearTimeout(burst.timer);
    this.#open.delete(kind);
    this.#report(burst.sum);
  }
}
