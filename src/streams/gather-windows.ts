import { pipe } from 'rxjs';
import type { OperatorFunction } from 'rxjs';
import type { CommitUnit } from '../model/commit-unit.ts';
import type { Progress } from '../model/progress.ts';
import type { Entry } from '../model/row.ts';
import { assignToWindow } from './assign-to-window.ts';
import { auditMarks } from './audit-marks.ts';
import { closeOnMarks } from './close-on-marks.ts';
import { REJECTS_MAX_DEFAULT, WINDOWS_MAX_DEFAULT } from './gather-limits.ts';
import type { GatherLimits } from './gather-limits.ts';

export interface GatherWindowsOptions extends Omit<GatherLimits, 'windowsMax' | 'rejectsMax'> {
  /** Length of a window. */
  readonly sizeMicros: number;
  /** How long a window stays open for rows that arrive out of order. */
  readonly latenessMicros: number;
  /** How far created_at may lie ahead of the server's clock; beyond it a row is a reject. */
  readonly aheadMaxMicros: number;
  /** Default {@link WINDOWS_MAX_DEFAULT}. */
  readonly windowsMax?: number;
  /** Default {@link REJECTS_MAX_DEFAULT}. */
  readonly rejectsMax?: number;
  /** Where gathering begins; the log must be read from `progress.offset`. */
  readonly progress: Progress;
}

/**
 * One partition's log in, what to seal and commit out: audit the marks, assign rows to windows, close windows on
 * marks. Synchronous, without I/O or clock: the same log and progress give the same units.
 *
 * @throws TidemarkError ERR_LEDGER_UNBALANCED, ERR_WINDOWS_FULL (as the stream's error).
 */
export function gatherWindows(options: GatherWindowsOptions): OperatorFunction<Entry, CommitUnit> {
  const { progress, windowsMax = WINDOWS_MAX_DEFAULT, rejectsMax = REJECTS_MAX_DEFAULT } = options;
  return pipe(
    auditMarks({ progress }),
    assignToWindow({ ...options, position: progress.position }),
    closeOnMarks({ ...options, windowsMax, rejectsMax }),
  );
}
