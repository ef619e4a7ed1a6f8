import { parseMicros } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';

const RFC_3339 = /^(\d{4})(-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/;

/** A time of the request: one that an archive can hold, or where it lies beside those. */
export type RequestTime = Micros | 'too early' | 'too late';

/**
 * Reads a time of RFC 3339; digits past the microsecond are cut.
 *
 * @returns undefined when the text is none. A time that there is and that {@link Micros} cannot hold is no mistake of the
 * client: nothing was archived then.
 */
export function readRequestTime(text: string): RequestTime | undefined {
  const m = RFC_3339.exec(text.toUpperCase());
  if (m === null) return undefined;
  const [, year, rest, fraction, zone] = m;
  const behind = `${rest}${fraction === undefined ? '' : `.${fraction.slice(0, 6)}`}${zone}`;
  const time = parseMicros(`${year}${behind}`);
  if (time !== undefined) return time;
  // Is there such a day at all? A near year with as many days says it.
  const [isLeap, isEarly] = [isLeapYear(Number(year)), Number(year) < 1970];
  if (parseMicros(`${isLeap ? 2000 : 2001}${behind}`) === undefined) return undefined;
  return isEarly ? 'too early' : 'too late';
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}
