import { MICROS_PER_SECOND } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';

/** Seals come in lumps, one a window: a rate over less than some windows would jump between nothing and double. */
const AVERAGED_MICROS = 10 * MICROS_PER_SECOND;

/** How fast a counter grows, averaged over the last ten seconds. */
export class RateMeter {
  #samples: { readonly at: Micros; readonly count: number }[] = [];

  /** @returns units a second since the oldest sample that is kept; 0 with the first. */
  rate(at: Micros, count: number): number {
    this.#samples.push({ at, count });
    while (this.#samples.length > 2 && at - this.#samples[0]!.at > AVERAGED_MICROS) this.#samples.shift();
    const oldest = this.#samples[0]!;
    return at > oldest.at ? ((count - oldest.count) * MICROS_PER_SECOND) / (at - oldest.at) : 0;
  }
}
