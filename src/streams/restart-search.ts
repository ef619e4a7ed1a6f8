import type { Micros } from '../model/micros.ts';
import type { Offset } from '../model/offset.ts';
import type { Entry, MarkEntry } from '../model/row.ts';
import { floorToWindow } from '../model/window.ts';
import { placeEntry } from './assign-to-window.ts';

export interface RestartSearchOptions {
  readonly sizeMicros: number;
  readonly latenessMicros: number;
  readonly aheadMaxMicros: number;
  /** The watermark that is wanted again; the edge of a window. */
  readonly to: Micros;
}

/** True for a mark that moves a watermark to `to` or beyond: the first such one is where `to` was reached. */
export function reaches({ mark }: MarkEntry, options: RestartSearchOptions): boolean {
  const { sizeMicros, latenessMicros, to } = options;
  return floorToWindow((mark.time - latenessMicros) as Micros, sizeMicros) >= to;
}

/**
 * Finds in the log before that mark what was open when the watermark stood at `to`: together with the position of the
 * mark it is the progress of that moment, and gathering from it gives the same seals again.
 */
export class OpenRowsSearch {
  readonly #options: RestartSearchOptions;
  readonly #early: ReadonlyMap<Micros, Offset>;
  #oldest: Offset | null = null;
  #rows = 0;

  /** @param early the windows above `to` that had early parts then, with the position up to which those go. */
  constructor(options: RestartSearchOptions & { readonly early: ReadonlyMap<Micros, Offset> }) {
    this.#options = options;
    this.#early = options.early;
  }

  /** Offset of the oldest open row; null when none was. */
  get oldest(): Offset | null {
    return this.#oldest;
  }

  /** Open rows that marks have counted. */
  get rows(): number {
    return this.#rows;
  }

  take(entry: Entry): void {
    if (entry.kind !== 'row' || entry.createdAt <= this.#options.to) return;
    const audited = { entry, before: null, after: null, surplusRows: 0 };
    const placed = placeEntry(audited, { ...this.#options, position: entry.offset });
    if (placed.kind !== 'row' || entry.offset < (this.#early.get(placed.end) ?? 0)) return;
    this.#oldest ??= entry.offset;
    if (entry.isRetry !== true) this.#rows++;
  }
}
