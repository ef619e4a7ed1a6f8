import { TidemarkError } from '../base/errors.ts';
import type { CommitUnit } from '../model/commit-unit.ts';
import type { Micros } from '../model/micros.ts';
import type { Offset } from '../model/offset.ts';
import type { Progress } from '../model/progress.ts';
import type { SealResult } from '../model/seal.ts';

/** The progress of a partition of which the group knows nothing yet: everything up to the watermark is old. */
export function restoreProgress(first: { watermark: Micros; logStart: Offset }): Progress {
  return {
    offset: first.logStart,
    watermark: first.watermark,
    position: first.logStart,
    epoch: 0,
    rowsSealed: 0,
    early: [],
    audit: null,
  };
}

/** What the group's offset must say after a unit: the gatherer's view completed by what the seals made. Pure. */
export function nextProgress(step: {
  before: Progress;
  unit: CommitUnit;
  results: readonly SealResult[];
  windowSizeMicros: number;
  /** Shards so far of each window with early parts. */
  parts: ReadonlyMap<Micros, number>;
}): Progress {
  const { before, unit, results, parts } = step;
  const received = results.reduce((sum, { manifest }) => sum + manifest.ledger.received, 0);
  // Rows sent again after a reject were counted as sealed when they were rejected.
  const sealed = received - unit.seals.reduce((sum, { retried }) => sum + retried, 0);
  return {
    offset: unit.progress.offset,
    watermark: unit.progress.watermark,
    position: unit.progress.position,
    epoch: before.epoch + 1,
    rowsSealed: before.rowsSealed + sealed + unit.rejectedRows,
    early: unit.progress.early.map(({ end, position }) => ({ end, position, parts: parts.get(end) ?? 0 })),
    ...(unit.progress.early.length === 0 ? {} : { earlySizeMicros: step.windowSizeMicros }),
    ...regathering(before, unit.progress.watermark),
    audit: unit.progress.audit,
  };
}

/** Kept until the watermark stands again where it was set back from. */
function regathering({ regatherUntil }: Progress, watermark: Micros): Pick<Progress, 'regatherUntil'> {
  return regatherUntil === undefined || watermark >= regatherUntil ? {} : { regatherUntil };
}

/**
 * Rows of early parts are known by their window and offset. Under another window length they would be gathered, and
 * archived, a second time.
 *
 * @throws TidemarkError ERR_CONFIG_INVALID.
 */
export function checkWindowSize(progress: Progress, windowSizeMicros: number): void {
  const { early, earlySizeMicros = windowSizeMicros } = progress;
  if (early.length === 0 || earlySizeMicros === windowSizeMicros) return;
  throw new TidemarkError('ERR_CONFIG_INVALID', {
    detail: `window.size was ${earlySizeMicros / 1_000_000} s when the first parts of ${early.length} open windows were sealed`,
    remedy:
      'Set window.size back until those windows are sealed (`tidemark status` shows the watermark), then change it.',
  });
}
