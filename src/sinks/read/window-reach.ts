import { MICROS_PER_DAY, parseMicros } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import { WINDOW_DAYS_MAX } from './manifests.ts';

/** `20261123T053717.123456Z-p0of4…` behind the folder. */
const WINDOW_END = /(?:^|\/)(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\.\d{6})?Z-p\d+of\d+[^/]*$/;

/** The window end that a manifest or shard has in its name; undefined when the name is none of ours. */
export function windowEndOf(name: string): Micros | undefined {
  const m = WINDOW_END.exec(name);
  if (m === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = ''] = m;
  return parseMicros(`${year}-${month}-${day}T${hour}:${minute}:${second}${fraction}Z`);
}

/**
 * The earliest time at which a window with this end can begin, whatever `window.size` was when it was sealed: a size
 * divides a day, and the end is a multiple of it; or it is a number of days, and the window ends at midnight.
 *
 * A day of one-minute windows has at most 36 that can hold a given time, so the other 1,404 need not be read.
 */
export function earliestStart(end: Micros): Micros {
  const intoDay = ((end % MICROS_PER_DAY) + MICROS_PER_DAY) % MICROS_PER_DAY;
  const longest =
    intoDay === 0 ? WINDOW_DAYS_MAX * MICROS_PER_DAY : greatestCommonDivisor(MICROS_PER_DAY, intoDay);
  return (end - longest) as Micros;
}

/** False only when no window of that name can reach into the times `(from, to)`. */
export function mayReach(name: string, range: { readonly from: number; readonly to: number }): boolean {
  const end = windowEndOf(name);
  return end === undefined || (end > range.from && earliestStart(end) < range.to);
}

function greatestCommonDivisor(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}
