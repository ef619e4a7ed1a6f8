import { from } from 'rxjs';
import type { CommitUnit } from '../../src/model/commit-unit.ts';
import type { Micros } from '../../src/model/micros.ts';
import type { Progress } from '../../src/model/progress.ts';
import type { Entry } from '../../src/model/row.ts';
import { gatherWindows } from '../../src/streams/gather-windows.ts';
import type { GatherWindowsOptions } from '../../src/streams/gather-windows.ts';
import { startProgress } from './log-builder.ts';

/** Windows of 10, lateness 2, and limits that small logs do not reach. */
export const WIDE: Omit<GatherWindowsOptions, 'progress'> = {
  sizeMicros: 10,
  latenessMicros: 2,
  aheadMaxMicros: 1_000,
  rowsMax: 1_000,
  bytesMax: 100_000_000,
  lateRowsMax: 1_000,
};

interface Gathered {
  readonly entries: readonly Entry[];
  readonly options?: Partial<GatherWindowsOptions>;
}

/** Every unit of a log, read from `progress.offset`, and the error that ended it, if any. */
export function gatherOutcome({ entries, options }: Gathered): { units: CommitUnit[]; error: unknown } {
  const progress = options?.progress ?? startProgress();
  const units: CommitUnit[] = [];
  let failure: unknown = null;
  from(entries.filter(({ offset }) => offset >= progress.offset))
    .pipe(gatherWindows({ ...WIDE, ...options, progress }))
    .subscribe({
      next: (unit) => units.push(unit),
      error: (error: unknown) => {
        failure = error;
      },
    });
  return { units, error: failure };
}

/** Every unit of a log that must not fail. */
export function gatherLog(gathered: Gathered): CommitUnit[] {
  const { units, error } = gatherOutcome(gathered);
  if (error !== null) throw error as Error;
  return units;
}

/** What the group would say after a unit: as the worker completes it, one shard an early part. */
export function progressAfter(unit: CommitUnit): Progress {
  const early = unit.progress.early.map((window) => ({ ...window, parts: 1 }));
  return { ...unit.progress, early, epoch: 1, rowsSealed: 0 };
}

export const time = (value: number): Micros => value as Micros;
