import type { Micros } from '../model/micros.ts';
import type { Offset } from '../model/offset.ts';
import type { EarlyWindow, Progress } from '../model/progress.ts';

/** What stood in a partition when its watermark was at the wanted time, found in the log. */
export interface RestartPoint {
  /** Of the mark that moved the watermark there. */
  readonly position: Offset;
  /** Offset of the oldest row that was open then; the position when none was. */
  readonly offset: Offset;
  /** Rows that were sealed by then. */
  readonly rowsSealed: number;
  /** Windows that had early parts then. */
  readonly early: readonly EarlyWindow[];
}

/**
 * Back: the progress of the moment in which the watermark stood there, so that gathering from it makes the same seals
 * and finds them on the sink. Where the log shows no such moment (the watermark was set there by hand), the rows that
 * are not sealed are gathered into the windows above `to`. Pure.
 */
export function computeBack(change: {
  readonly before: Progress;
  readonly to: Micros;
  readonly point: RestartPoint | null;
  readonly windowSizeMicros: number;
}): Progress {
  const { before, to, point, windowSizeMicros } = change;
  const regatherUntil = Math.max(before.watermark, before.regatherUntil ?? before.watermark) as Micros;
  if (point === null || point.position >= before.position)
    return { ...restartAtOldest(before, to), regatherUntil };
  const { offset, position, rowsSealed, early } = point;
  return {
    offset,
    watermark: to,
    position,
    epoch: before.epoch + 1,
    rowsSealed,
    early,
    ...(early.length === 0 ? {} : { earlySizeMicros: windowSizeMicros }),
    regatherUntil,
    audit: null,
  };
}

/**
 * Forward: reading begins again at the oldest row that is not sealed, and from there on every row up to `to` is late.
 * Leaving the position where it is would call those rows sealed, and they would be lost. Rows of that stretch that
 * were sealed meet their shards and are dropped as duplicates. Pure.
 */
export function computeForward(change: {
  readonly before: Progress;
  readonly to: Micros;
  /** Rows that marks count before `before.offset`, all of which are sealed; null when no mark says it. */
  readonly rowsBefore: number | null;
}): Progress {
  const { before, to, rowsBefore } = change;
  return { ...restartAtOldest(before, to), rowsSealed: rowsBefore ?? before.rowsSealed };
}

function restartAtOldest(before: Progress, to: Micros): Progress {
  const { earlySizeMicros, regatherUntil, ...rest } = before;
  const early = before.early.filter(({ end }) => end > to);
  return {
    ...rest,
    watermark: to,
    position: before.offset,
    epoch: before.epoch + 1,
    early,
    ...(early.length === 0 || earlySizeMicros === undefined ? {} : { earlySizeMicros }),
    ...(regatherUntil === undefined || regatherUntil <= to ? {} : { regatherUntil }),
  };
}
