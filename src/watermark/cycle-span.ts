import type { CycleReport } from '../model/cycle.ts';
import { MICROS_PER_DAY } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';
import { floorToWindow } from '../model/window.ts';

/**
 * How old a row must be before a cycle takes it: what the configuration says, else `lag_days` of the table's row, as a
 * table of the seed's form has it; else the configuration's default. Pure.
 */
export function computeLag(known: {
  readonly lagMicros: number;
  readonly isLagGiven: boolean;
  /** Null where the table has no row. */
  readonly lagDays: number | null;
}): number {
  const { lagMicros, isLagGiven, lagDays } = known;
  return isLagGiven || lagDays === null ? lagMicros : lagDays * MICROS_PER_DAY;
}

/**
 * Up to where rows are due: `floor(now − lag, window.size)`, and no further than what is known to be committed. Pure.
 */
export function computeCutoff(at: {
  readonly now: Micros;
  readonly lagMicros: number;
  readonly sizeMicros: number;
  /** Every row that `now()` stamped up to here is committed; null when nobody had to ask. */
  readonly safeUntil: Micros | null;
}): Micros {
  const { now, lagMicros, sizeMicros, safeUntil } = at;
  const due = (now - lagMicros) as Micros;
  return floorToWindow(safeUntil !== null && safeUntil < due ? safeUntil : due, sizeMicros);
}

/** What the watermark strategy has to do; null when nothing is due. Pure. */
export function computeSpan(at: { readonly archivedUntil: Micros; readonly cutoff: Micros }) {
  const { archivedUntil, cutoff } = at;
  return cutoff <= archivedUntil ? null : { start: archivedUntil, end: cutoff };
}

/** A report of nothing done yet. */
export const NOTHING_DONE: Omit<CycleReport, 'table' | 'strategy' | 'dryRun' | 'archivedUntil'> = {
  window: null,
  ...{ windows: 0, files: 0, bytes: 0, rejects: 0 },
  ...{ shards: 0, shardBytes: 0, reusedShards: 0, updates: 0, durationMs: 0 },
  phases: { selectMs: 0, validateMs: null, packMs: 0, updateMs: 0 },
};
