import type { CommitUnit, SealUnit } from '../model/commit-unit.ts';
import type { Micros } from '../model/micros.ts';
import type { Offset } from '../model/offset.ts';
import type { Progress } from '../model/progress.ts';
import { floorToWindow } from '../model/window.ts';
import type { PlacedEntry, PlacedMark, PlacedReject, PlacedRow } from './assign-to-window.ts';
import type { Audit } from './audit-marks.ts';
import { computeRelief } from './gather-limits.ts';
import type { GatherLimits } from './gather-limits.ts';
import { sealUnit } from './seal-unit.ts';
import { Unpublished } from './unpublished.ts';
import { WindowSet } from './window-set.ts';

export interface GatheringOptions extends GatherLimits {
  readonly sizeMicros: number;
  /** How long a window stays open for rows that arrive out of order. */
  readonly latenessMicros: number;
  /** Where gathering begins; the log must be read from `progress.offset`. */
  readonly progress: Progress;
}

const NO_UNITS: readonly CommitUnit[] = [];

/** A place in the log between two entries, and what the audit knows there. */
interface Place {
  readonly position: Offset;
  readonly audit: Audit;
}

/**
 * One partition between two commits: open windows, late rows, rejects.
 *
 * - A row above the watermark goes into its window; at or below it, it is late.
 * - A mark closes windows in order of end, one unit each; late rows and rejects go with the first of them.
 * - After every unit no late row and no reject is left, so the offset of the oldest row in an open window, the
 *   watermark, the position and the early windows are all that a restart needs.
 */
export class Gathering {
  readonly #options: GatheringOptions;
  readonly #open = new WindowSet();
  readonly #late = new WindowSet();
  /** Positions of the windows with early parts: rows before them are sealed. */
  readonly #early: Map<Micros, Offset>;
  #watermark: Micros;
  readonly #unpublished = new Unpublished();

  constructor(options: GatheringOptions) {
    this.#options = options;
    this.#watermark = options.progress.watermark;
    this.#early = new Map(options.progress.early.map(({ end, position }) => [end, position]));
  }

  take(placed: PlacedEntry): readonly CommitUnit[] {
    switch (placed.kind) {
      case 'row':
        return this.#takeRow(placed);
      case 'reject':
        return this.#takeReject(placed);
      case 'mark':
        return this.#isReplayed(placed) ? NO_UNITS : this.#takeMark(placed);
    }
  }

  /** True for what stands before the restored position: gathered once already, by this process or another. */
  #isReplayed({ offset }: PlacedEntry): boolean {
    return offset < this.#options.progress.position;
  }

  #takeRow(placed: PlacedRow): readonly CommitUnit[] {
    const { row, end, before: audit } = placed;
    const isReplayed = this.#isReplayed(placed);
    const isLate = row.createdAt <= this.#watermark;
    if (isReplayed && (isLate || this.#isInEarlyPart(placed))) return NO_UNITS;
    (isLate ? this.#late : this.#open).add({ end, row, audit });
    return isReplayed ? NO_UNITS : this.#relieve(placed, isLate ? null : end);
  }

  #isInEarlyPart({ offset, end }: PlacedRow): boolean {
    return offset < (this.#early.get(end) ?? 0);
  }

  #takeReject(placed: PlacedReject): readonly CommitUnit[] {
    this.#unpublished.addReject(placed);
    return this.#relieve(placed, null);
  }

  /** Limits are asked only past the restored position: before it, what is held passed them already. */
  #relieve(placed: PlacedEntry, grown: Micros | null): readonly CommitUnit[] {
    const relief = computeRelief(
      {
        windows: this.#open,
        late: this.#late,
        early: this.#early,
        rejects: this.#unpublished.rejectCount,
        grown,
      },
      this.#options,
    );
    if (relief === null) return NO_UNITS;
    const place = placeAfter(placed);
    const seals = this.#takeLate();
    if (relief.early !== null) seals.push(this.#takeEarlyPart(relief.early, place.position));
    return [this.#unit(place, seals)];
  }

  #takeMark(mark: PlacedMark): readonly CommitUnit[] {
    const { sizeMicros, latenessMicros } = this.#options;
    const limit = floorToWindow((mark.time - latenessMicros) as Micros, sizeMicros);
    if (limit <= this.#watermark) {
      this.#unpublished.addSurplus(mark.surplusRows);
      return NO_UNITS;
    }
    const ends = this.#endsThrough(limit);
    const last = ends.pop();
    const units = ends.map((end) => {
      this.#watermark = end;
      // Position stays at the mark: a restart after this unit must meet the mark again for the windows that follow.
      return this.#unit({ position: mark.offset, audit: mark.before }, this.#takeWindow(end));
    });
    this.#watermark = limit;
    this.#unpublished.addSurplus(mark.surplusRows);
    units.push(this.#unit(placeAfter(mark), last === undefined ? this.#takeLate() : this.#takeWindow(last)));
    return units;
  }

  #endsThrough(limit: Micros): Micros[] {
    const ends = new Set([...this.#open.ends(), ...this.#early.keys()].filter((end) => end <= limit));
    return [...ends].sort((a, b) => a - b);
  }

  /** The window, after the late rows that came before it. */
  #takeWindow(end: Micros): SealUnit[] {
    const seals = this.#takeLate();
    const earlyPosition = this.#early.get(end);
    this.#early.delete(end);
    const buffer = this.#open.take(end) ?? null;
    seals.push(this.#seal({ kind: 'window', end, buffer, earlyPosition: earlyPosition ?? null }));
    return seals;
  }

  #takeEarlyPart(end: Micros, position: Offset): SealUnit {
    const earlyPosition = this.#early.get(end) ?? null;
    const buffer = this.#open.take(end)!;
    this.#early.set(end, position);
    return this.#seal({ kind: 'early', end, buffer, earlyPosition });
  }

  /** A window that was sealed before the watermark was set back may have rows in shards, whatever seal they were in. */
  #seal(closed: Omit<Parameters<typeof sealUnit>[0], 'sizeMicros' | 'isAgain'>): SealUnit {
    const { sizeMicros, progress } = this.#options;
    const isAgain = closed.end - sizeMicros < (progress.regatherUntil ?? Number.NEGATIVE_INFINITY);
    return sealUnit({ ...closed, sizeMicros, isAgain });
  }

  #takeLate(): SealUnit[] {
    const ends = [...this.#late.ends()].sort((a, b) => a - b);
    return ends.map((end) =>
      this.#seal({ kind: 'late', end, buffer: this.#late.take(end)!, earlyPosition: null }),
    );
  }

  /** Everything since the unit before, committed as of `place`. */
  #unit(place: Place, seals: readonly SealUnit[]): CommitUnit {
    const oldest = this.#open.oldest();
    const early = [...this.#early].map(([end, position]) => ({ end, position }));
    const emptied = early.filter(({ end }) => !this.#open.has(end)).length;
    return {
      seals,
      ...this.#unpublished.take(),
      progress: {
        offset: oldest?.firstOffset ?? place.position,
        watermark: this.#watermark,
        position: place.position,
        audit: oldest === undefined ? place.audit : oldest.firstAudit,
        early: early.sort((a, b) => a.end - b.end),
      },
      open: { windows: this.#open.size + emptied, rows: this.#open.rows },
    };
  }
}

function placeAfter({ offset, after }: PlacedEntry): Place {
  return { position: (offset + 1) as Offset, audit: after };
}
