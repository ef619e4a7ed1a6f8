interface Offer<T> {
  readonly item: T;
  readonly resolve: () => void;
}

interface Taker<T> {
  readonly resolve: (item: T | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gives items to whoever asks for one, and holds none: an offer waits until somebody asks and fewer than the limit are
 * out. So nothing is read from the log that nobody works on.
 */
export class HandOver<T> {
  readonly #outMax: number;
  readonly #offers: Offer<T>[] = [];
  readonly #takers: Taker<T>[] = [];
  #out = 0;
  #end: { readonly error: unknown } | 'ended' | undefined;

  constructor(options: { readonly outMax: number }) {
    this.#outMax = options.outMax;
  }

  /** Resolves when the item was taken. @throws the signal's reason when it is aborted before that. */
  async offer(item: T, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        this.#offers.splice(this.#offers.indexOf(offer), 1);
        reject(signal.reason as Error);
      };
      const offer = {
        item,
        resolve: () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#offers.push(offer);
      this.#match();
    });
  }

  /** The next item; undefined when there will be none. */
  async take(): Promise<T | undefined> {
    if (this.#end === 'ended') return undefined;
    if (this.#end !== undefined) throw this.#end.error;
    return await new Promise<T | undefined>((resolve, reject) => {
      this.#takers.push({ resolve, reject });
      this.#match();
    });
  }

  /** One of the items that are out is done with. */
  release(): void {
    this.#out--;
    this.#match();
  }

  /** Nobody gets anything any more. @param failure what the takers are told. */
  end(failure?: { readonly error: unknown }): void {
    this.#end ??= failure ?? 'ended';
    for (const taker of this.#takers.splice(0)) {
      if (this.#end === 'ended') taker.resolve(undefined);
      else taker.reject(this.#end.error);
    }
  }

  #match(): void {
    while (this.#takers.length > 0 && this.#offers.length > 0 && this.#out < this.#outMax) {
      const [taker, offer] = [this.#takers.shift()!, this.#offers.shift()!];
      this.#out++;
      offer.resolve();
      taker.resolve(offer.item);
    }
  }
}
