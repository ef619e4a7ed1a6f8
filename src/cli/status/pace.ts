import { MICROS_PER_SECOND } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';

/** "At present" is the last minutes: shorter would show every pause, longer what was. */
const KEPT_MICROS = 300 * MICROS_PER_SECOND;

/** How fast a number grows, from readings of the last minutes. */
export class Pace {
  #readings: { readonly at: Micros; readonly value: number }[] = [];

  /** Begins anew: what was read before is of something else. */
  clear(): void {
    this.#readings = [];
  }

  note(at: Micros, value: number): void {
    this.#readings = this.#readings.filter((reading) => at - reading.at <= KEPT_MICROS && reading.at < at);
    this.#readings.push({ at, value });
  }

  /** Per second, from the oldest reading that is kept to the newest; null while they are not so far apart. */
  perSecond({ apartMicros }: { readonly apartMicros: number }): number | null {
    const [oldest, newest] = [this.#readings[0], this.#readings.at(-1)];
    if (oldest === undefined || newest === undefined) return null;
    const span = newest.at - oldest.at;
    return span < apartMicros ? null : ((newest.value - oldest.value) / span) * MICROS_PER_SECOND;
  }
}
