import { TidemarkError } from '../base/errors.ts';
import type { CommitUnit } from '../model/commit-unit.ts';
import { formatMicros } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';
import { offset } from '../model/offset.ts';
import type { Offset } from '../model/offset.ts';
import type { Beginning, Progress } from '../model/progress.ts';
import type { SealResult } from '../model/seal.ts';

/**
 * The progress of a partition of which the group knows nothing: everything up to the watermark is old. Rows of early
 * parts are told by what stands in those, never by their offset: the topic may have been made anew.
 */
export function restoreProgress(first: Beginning & { logStart: Offset }): Progress {
  const { watermark, sealedUntil, logStart, early, earlySizeMicros } = first;
  return {
    offset: logStart,
    watermark,
    position: logStart,
    epoch: 0,
    rowsSealed: 0,
    early: early.map(({ end, parts }) => ({ end, parts, position: offset(0) })),
    ...(earlySizeMicros === undefined ? {} : { earlySizeMicros }),
    ...(sealedUntil === undefined ? {} : { sealedUntil }),
    audit: null,
  };
}

/**
 * A log that begins in the middle holds what came after its first record's time, and what came before must be in
 * shards, or it is nowhere.
 *
 * @param log.clock server clock of the first record.
 * @throws TidemarkError ERR_LOG_TRUNCATED.
 */
export function checkLogReaches(log: {
  readonly logStart: Offset;
  readonly clock: Micros;
  readonly watermark: Micros;
}): void {
  const { logStart, clock, watermark } = log;
  if (clock <= watermark) return;
  throw new TidemarkError('ERR_LOG_TRUNCATED', {
    detail: `the group has no offset, and the log begins at offset ${logStart} with ${formatMicros(clock)}: rows after ${formatMicros(watermark)}, up to where the table is archived, and before that may be missing from it`,
  });
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
  const { sealedUntil } = before;
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
    ...(sealedUntil !== undefined && sealedUntil > unit.progress.watermark ? { sealedUntil } : {}),
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
