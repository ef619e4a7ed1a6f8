import { MICROS_PER_SECOND } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import { Pace } from './pace.ts';
import type { SlotReport } from './status-report.ts';

/** A slot as one reading shows it. */
export type SlotStand = Omit<SlotReport, 'bytesPerSecond' | 'secondsLeft'>;

/**
 * A slot that is read lets WAL go in steps, because Postgres writes down where decoding may begin only every 15 s:
 * between two steps every slot seems to grow. One that nobody reads has no steps.
 */
const APART_MICROS = { active: 20 * MICROS_PER_SECOND, idle: MICROS_PER_SECOND / 2 };

/** How fast a slot's lag grows, and how long that can go on. */
export class SlotPace {
  readonly #pace = new Pace();
  #state: SlotReport['state'] | undefined;

  /** Completes a reading by what those before it say. */
  complete(stand: SlotStand, at: Micros): SlotReport {
    const { state, lagBytes, walLeftBytes } = stand;
    if (state !== this.#state) this.#pace.clear();
    this.#state = state;
    if (lagBytes === null || (state !== 'active' && state !== 'idle'))
      return { ...stand, bytesPerSecond: null, secondsLeft: null };
    this.#pace.note(at, lagBytes);
    const bytesPerSecond = this.#pace.perSecond({ apartMicros: APART_MICROS[state] });
    const isGrowing = bytesPerSecond !== null && bytesPerSecond > 0;
    const secondsLeft =
      isGrowing && walLeftBytes !== null ? Math.max(0, walLeftBytes) / bytesPerSecond : null;
    return { ...stand, bytesPerSecond, secondsLeft };
  }
}
