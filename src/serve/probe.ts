import type { Clock } from '../base/clock.ts';

const FRESH_MICROS = 30_000_000;

/**
 * A reading that costs something, taken in the background when somebody looks and the last one is old, so that
 * a slow database never makes the page slow.
 */
export class Probe<T> {
  readonly #read: () => Promise<T>;
  readonly #clock: Clock;
  readonly #onFailure: (error: unknown) => void;
  #value: T | undefined;
  #readAt = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | undefined;

  constructor(options: { read: () => Promise<T>; clock: Clock; onFailure: (error: unknown) => void }) {
    this.#read = options.read;
    this.#clock = options.clock;
    this.#onFailure = options.onFailure;
  }

  /** The last reading; undefined before the first and after one that failed. */
  look(): T | undefined {
    if (this.#clock.now() - this.#readAt > FRESH_MICROS) this.#running ??= this.#refresh();
    return this.#value;
  }

  /** Resolves when no reading is under way. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #refresh(): Promise<void> {
    try {
      this.#value = await this.#read();
    } catch (error) {
      this.#value = undefined;
      this.#onFailure(error);
    } finally {
      this.#readAt = this.#clock.now();
      this.#running = undefined;
    }
  }
}
