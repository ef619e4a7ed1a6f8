import type { BatchPart } from '../model/batch.ts';

/**
 * Seals group after group, one of them while the next is read. A partition's parts are sealed one after another, so that
 * each knows how many shards the one before it has made; partitions go on by themselves, so that the threads have work
 * of the next window while the last shard of this one is made durable. At most two groups are in memory.
 */
export class SealGroups {
  readonly #seal: (part: BatchPart, signal: AbortSignal) => Promise<void>;
  readonly #abort = new AbortController();
  readonly #signal: AbortSignal;
  /** The last part of each partition. */
  readonly #behind = new Map<number, Promise<void>>();
  #running: Promise<unknown> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;

  constructor(
    seal: (part: BatchPart, signal: AbortSignal) => Promise<void>,
    options: { readonly signal: AbortSignal },
  ) {
    this.#seal = seal;
    this.#signal = AbortSignal.any([options.signal, this.#abort.signal]);
  }

  /** Resolves when the group before is sealed and this one is under way. @throws what any part failed with. */
  async begin(parts: readonly BatchPart[]): Promise<void> {
    const before = this.#running;
    this.#running = Promise.all([before, ...parts.map((part) => this.#sealInTurn(part))]);
    await before;
    this.#throwFailure();
  }

  /** @throws what any part failed with. */
  async finish(): Promise<void> {
    await this.#running;
    this.#throwFailure();
  }

  /** Abandons what is under way, and waits until it has let go. */
  async abandon(reason: unknown): Promise<void> {
    this.#abort.abort(reason);
    await this.#running;
  }

  /** Never rejects: the first failure is kept, and abandons all others. */
  #sealInTurn(part: BatchPart): Promise<void> {
    const turn = this.#behind.get(part.partition) ?? Promise.resolve();
    const sealed = turn.then(async () => {
      if (this.#failure !== undefined) return;
      try {
        await this.#seal(part, this.#signal);
      } catch (error) {
        this.#failure ??= { error };
        this.#abort.abort(error);
      }
    });
    this.#behind.set(part.partition, sealed);
    return sealed;
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
