import { MICROS_PER_DAY } from './model/micros.ts';
import type { Micros } from './model/micros.ts';
import { floorToWindow, nextWindowEnd } from './model/window.ts';

/** Eleven years; a longer stretch in one go is left to `tidemark index`. */
const DAYS_MAX = 4_000;
/** So many days are looked at at the start: the last owner may have died between a day's last commit and its filter. */
const DAYS_AT_START = 3;

/**
 * Which days of a partition are over and want their filter, by their first moment. No I/O.
 *
 * sealed (a window of it was) → due (the watermark is past the day) → done, or due still.
 */
export class DueDays {
  readonly #sizeMicros: number;
  readonly #sealed = new Set<Micros>();
  readonly #due = new Set<Micros>();
  #firstOpen: Micros | undefined;
  #dropped = 0;

  /** @param options.sizeMicros that of the table's windows. */
  constructor(options: { readonly sizeMicros: number }) {
    this.#sizeMicros = options.sizeMicros;
  }

  noteSealed(windowEnd: Micros): void {
    this.#add(this.#sealed, dayOf(windowEnd));
  }

  /** The partition was taken over at a watermark. */
  begin(watermark: Micros): void {
    for (let i = 0; i < DAYS_AT_START; i++) {
      const day = dayOf((watermark - i * MICROS_PER_DAY) as Micros);
      if (Number.isSafeInteger(day)) this.#add(this.#sealed, day);
    }
  }

  /**
   * Every window that ends at or before the watermark is sealed. What comes late to a day that is over is looked at
   * with the next one: a filter for each supplement would cost readers more than it saves.
   *
   * @returns true when another day is over.
   */
  reach(watermark: Micros): boolean {
    const firstOpen = dayOf(nextWindowEnd(watermark, this.#sizeMicros));
    if (this.#firstOpen !== undefined && firstOpen <= this.#firstOpen) return false;
    this.#firstOpen = firstOpen;
    for (const day of this.#sealed)
      if (day < firstOpen) {
        this.#sealed.delete(day);
        this.#add(this.#due, day);
      }
    return true;
  }

  /** The earliest first. */
  list(): Micros[] {
    return [...this.#due].sort((a, b) => a - b);
  }

  done(day: Micros): void {
    this.#due.delete(day);
  }

  /** How many days were given up since this was last asked, because more wait than are remembered. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  #add(days: Set<Micros>, day: Micros): void {
    if (days.size >= DAYS_MAX && !days.has(day)) {
      days.delete([...days].reduce((a, b) => (a < b ? a : b)));
      this.#dropped++;
    }
    days.add(day);
  }
}

function dayOf(time: Micros): Micros {
  return floorToWindow(time, MICROS_PER_DAY);
}
