/** One request of those that are answered at once. */
export interface Slot {
  /** Work that keeps the slot taken even when its request has been given up. */
  track(work: Promise<unknown>): void;
  /** The answer has ended. */
  leave(): void;
}

/**
 * Bounds how many requests are answered at once. A request whose answer has ended still counts while the sink is asked
 * for it: otherwise a sink that hangs would gather questions without end.
 */
export class Admission {
  readonly #requestsMax: number;
  #taken = 0;

  constructor(options: { readonly requestsMax: number }) {
    this.#requestsMax = options.requestsMax;
  }

  get taken(): number {
    return this.#taken;
  }

  /** @returns undefined when there is no room. */
  enter(): Slot | undefined {
    if (this.#taken >= this.#requestsMax) return undefined;
    this.#taken++;
    const works = new Set<Promise<unknown>>();
    let hasLeft = false;
    const releaseIfDone = (): void => {
      if (!hasLeft || works.size > 0) return;
      hasLeft = false;
      this.#taken--;
    };
    return {
      track: (work) => {
        works.add(work);
        const settled = (): void => {
          works.delete(work);
          releaseIfDone();
        };
        work.then(settled, settled);
      },
      leave: () => {
        hasLeft = true;
        releaseIfDone();
      },
    };
  }
}
