import type { Micros } from '../../model/micros.ts';
import { uidToBytes } from '../format/uid-bytes.ts';

/** A row that somebody asks for; without a time every row of this uid. */
export interface WantedUid {
  readonly uid: string;
  readonly createdAt: Micros | null;
}

/** The rows that somebody asks for, and which of them were found. */
export class WantedUids {
  /** Sorted by their bytes, as an index is. */
  readonly sorted: readonly { readonly uid: string; readonly bytes: Buffer }[];
  /** The times that are asked for, null for any; and whether it was found. */
  readonly #wanted = new Map<string, Map<Micros | null, boolean>>();
  /** Null when a uid is asked for at any time. */
  readonly #times: Float64Array | null;
  #missing = 0;

  constructor(wanted: Iterable<WantedUid>) {
    for (const { uid, createdAt } of wanted) {
      const times = this.#wanted.get(uid) ?? new Map<Micros | null, boolean>();
      if (!times.has(createdAt)) this.#missing++;
      this.#wanted.set(uid, times.set(createdAt, false));
    }
    this.sorted = [...this.#wanted.keys()]
      .map((uid) => ({ uid, bytes: uidToBytes(uid) }))
      .sort((a, b) => a.bytes.compare(b.bytes));
    const times = [...this.#wanted.values()].flatMap((each) => [...each.keys()]);
    this.#times = times.includes(null) ? null : Float64Array.from(times as Micros[]).sort();
  }

  wants(uid: string, createdAt: Micros): boolean {
    const times = this.#wanted.get(uid);
    return times !== undefined && (times.has(null) || times.has(createdAt));
  }

  note(uid: string, createdAt: Micros): void {
    const times = this.#wanted.get(uid)!;
    for (const time of [null, createdAt] as const) {
      if (times.get(time) !== false) continue;
      times.set(time, true);
      this.#missing--;
    }
  }

  /** False when no row that is asked for can have a time of this stretch, both ends included. */
  mayLieIn(from: Micros, to: Micros): boolean {
    if (this.#times === null) return true;
    let [low, high] = [0, this.#times.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#times[middle]! < from) low = middle + 1;
      else high = middle;
    }
    return low < this.#times.length && this.#times[low]! <= to;
  }

  /** True when nothing more can be found: each row stands in an archive once, but a uid may come again. */
  get isComplete(): boolean {
    return this.#times !== null && this.#missing === 0;
  }

  notFound(): WantedUid[] {
    return [...this.#wanted].flatMap(([uid, times]) =>
      [...times].flatMap(([createdAt, isFound]) => (isFound ? [] : [{ uid, createdAt }])),
    );
  }
}
