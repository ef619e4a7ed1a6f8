/**
 * Runs tasks side by side, so many at once. The first failure is kept for {@link end}; whoever gives tasks looks at
 * {@link hasFailed} and gives no more.
 */
export class BoundedTasks {
  readonly #atOnce: number;
  readonly #running = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** Begins a task once there is room for it. */
  async give(task: () => Promise<void>): Promise<void> {
    while (this.#running.size >= this.#atOnce) await Promise.race(this.#running);
    const running = task()
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Waits for all of them. @throws what the first one that failed has thrown. */
  async end(): Promise<void> {
    await Promise.all(this.#running);
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
