import { TidemarkError } from '../base/errors.ts';
import type { Micros } from '../model/micros.ts';
import { OPEN_EARLY_MAX } from '../model/progress.ts';
import type { WindowSet } from './window-set.ts';

/** What one partition may hold in memory. Reaching a limit never loses a row: something is sealed early. */
export interface GatherLimits {
  /** Rows of one window; beyond it the rows so far become an early part. */
  readonly rowsMax: number;
  /** Bytes of all rows held, late ones included; beyond it the fullest window becomes an early part. */
  readonly bytesMax: number;
  /** Late rows; beyond it they are sealed without waiting for the next window. */
  readonly lateRowsMax: number;
  /** Open windows, and windows with late rows; beyond it the fullest one becomes an early part. */
  readonly windowsMax: number;
  /** Rejects not yet published; beyond it they are published without waiting for the next window. */
  readonly rejectsMax: number;
}

export const WINDOWS_MAX_DEFAULT = 10_000;
export const REJECTS_MAX_DEFAULT = 1_000;

/** What must be sealed now: late rows and rejects always, and the window named, if any. */
export interface Relief {
  readonly early: Micros | null;
}

/**
 * How far rows and windows may go past their limit while no window can be sealed early, because the metadata of an
 * offset has room for {@link OPEN_EARLY_MAX} windows with early parts and those hold nothing worth sealing.
 */
const OVERRUN = 2;
/** A window in that list is worth sealing again when it holds this share of `bytesMax`: else every row would be a part. */
const WORTH_SEALING = 1 / 64;

export interface Held {
  readonly windows: WindowSet;
  readonly late: WindowSet;
  /** Windows with early parts. */
  readonly early: ReadonlyMap<Micros, unknown>;
  readonly rejects: number;
  /** The window into which the last row went; null when it was late or rejected. */
  readonly grown: Micros | null;
}

/**
 * Decides after each row what must be sealed before the next, at most one thing. Depends on the rows held alone.
 *
 * @returns null when nothing must.
 * @throws TidemarkError ERR_WINDOWS_FULL when limits are passed by far and no window can be sealed early.
 */
export function computeRelief(held: Held, limits: GatherLimits): Relief | null {
  const { windows, late } = held;
  const bytes = windows.bytes + late.bytes;
  if (held.grown !== null && mayGrowEarly(held, held.grown)) {
    if (windows.get(held.grown)!.count >= limits.rowsMax) return { early: held.grown };
  }
  if (bytes >= limits.bytesMax) {
    const fullest = findVictim(held, limits);
    const lateWorth = fullest?.bytes ?? limits.bytesMax * WORTH_SEALING;
    if (late.size > 0 && late.bytes >= lateWorth) return { early: null };
    if (fullest !== undefined) return { early: fullest.end };
  }
  if (windows.size >= limits.windowsMax && held.early.size < OPEN_EARLY_MAX) {
    return { early: windows.fullest(windows.ends())!.end };
  }
  const isBesideFull =
    late.rows >= limits.lateRowsMax || late.size >= limits.windowsMax || held.rejects >= limits.rejectsMax;
  if (isBesideFull) return { early: null };
  refuseOverrun(bytes, held, limits);
  return null;
}

function mayGrowEarly({ early }: Held, end: Micros): boolean {
  return early.size < OPEN_EARLY_MAX || early.has(end);
}

function findVictim({ windows, early }: Held, { bytesMax }: GatherLimits) {
  if (early.size < OPEN_EARLY_MAX) return windows.fullest(windows.ends());
  const fullest = windows.fullest(early.keys());
  return fullest !== undefined && fullest.bytes >= bytesMax * WORTH_SEALING ? fullest : undefined;
}

function refuseOverrun(bytes: number, { windows, early }: Held, limits: GatherLimits): void {
  const isWithin = bytes < OVERRUN * limits.bytesMax && windows.size < OVERRUN * limits.windowsMax;
  if (isWithin) return;
  throw new TidemarkError('ERR_WINDOWS_FULL', {
    detail: `${windows.size} open windows hold ${windows.rows} rows in ${bytes} bytes, limits are ${limits.windowsMax} windows and ${limits.bytesMax} bytes; ${early.size} windows have early parts already`,
  });
}
