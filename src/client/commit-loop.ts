import type { StreamPosition } from './position.ts';

interface Waiter {
  readonly number: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Commits the newest position that was reached, one commit at a time: all that is reached meanwhile is one commit. */
export class CommitLoop {
  readonly #commit: (position: StreamPosition) => Promise<void>;
  #reached: { readonly number: number; readonly position: StreamPosition } | undefined;
  #isRunning = false;
  #waiters: Waiter[] = [];

  constructor(commit: (position: StreamPosition) => Promise<void>) {
    this.#commit = commit;
  }

  /** Resolves when this position, or one behind it, is committed. @throws what the commit throws. */
  reach(position: StreamPosition): Promise<void> {
    const number = (this.#reached?.number ?? 0) + 1;
    this.#reached = { number, position };
    const committed = new Promise<void>((resolve, reject) => {
      this.#waiters.push({ number, resolve, reject });
    });
    if (!this.#isRunning) void this.#run();
    return committed;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (let last = 0; last < this.#reached!.number;) {
      const { number, position } = this.#reached!;
      const outcome = await this.#commit(position).then(
        () => undefined,
        (error: unknown) => ({ error }),
      );
      const settled = this.#waiters.filter((waiter) => waiter.number <= number);
      this.#waiters = this.#waiters.filter((waiter) => waiter.number > number);
      for (const { resolve, reject } of settled) {
        if (outcome === undefined) resolve();
        else reject(outcome.error);
      }
      last = number;
    }
    this.#isRunning = false;
  }
}
