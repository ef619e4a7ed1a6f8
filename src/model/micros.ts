/**
 * Microseconds since 1970-01-01T00:00:00Z: the event time of a row, an integer everywhere.
 *
 * Never a `Date`, which loses microseconds. A safe integer, so the years 1684 to 2255; what lies outside
 * cannot be archived and is rejected (docs/decisions/0001-times-are-safe-integers.md).
 */
export type Micros = number & { readonly __unit: 'Micros' };

export const MICROS_PER_MS = 1_000;
export const MICROS_PER_SECOND = 1_000_000;
export const MICROS_PER_DAY = 86_400 * MICROS_PER_SECOND;

/** @throws RangeError when `value` is not a safe integer. */
export function micros(value: number | bigint): Micros {
  const n = Number(value);
  if (!Number.isSafeInteger(n)) throw new RangeError(`not a time in microseconds: ${value}`);
  return n as Micros;
}

const TIMESTAMP =
  /^(\d{4,6})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?\s*(Z|[+-]\d\d(?::?\d\d(?::?\d\d)?)?)?( BC)?$/;

/**
 * Reads a timestamp as Postgres (ISO date style) or ISO 8601 writes it; digits past the microsecond are cut.
 *
 * @param text for example `2026-11-23 05:37:17.123456+00` or `2026-11-23T05:37:17.123456Z`; without a zone it is UTC.
 * @returns undefined when the text is no timestamp, is `infinity`, or lies outside of what {@link Micros} can hold.
 */
export function parseMicros(text: string): Micros | undefined {
  const usual = parseUsualMicros(text);
  if (usual !== undefined) return usual;
  const m = TIMESTAMP.exec(text);
  if (m === null) return undefined;
  const [year, month, day] = [Number(m[1]), Number(m[2]), Number(m[3])];
  const [hour, minute, second] = [Number(m[4]), Number(m[5]), Number(m[6])];
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 24 || minute > 59 || second > 60)
    return undefined;
  const date = new Date(0);
  date.setUTCFullYear(m[9] === undefined ? year : 1 - year, month - 1, day);
  if (date.getUTCDate() !== day) return undefined;
  const seconds = date.getTime() / 1000 + hour * 3600 + minute * 60 + second - zoneSeconds(m[8]);
  const fraction = m[7] === undefined ? 0 : Number(m[7].slice(0, 6).padEnd(6, '0'));
  const value = seconds * MICROS_PER_SECOND + fraction;
  return Number.isSafeInteger(value) ? (value as Micros) : undefined;
}

const [ZERO, DASH, COLON, DOT, SPACE, LETTER_T, LETTER_Z] = [0x30, 0x2d, 0x3a, 0x2e, 0x20, 0x54, 0x5a];

/**
 * The form that nearly every timestamp has, read by position: `2026-11-23 05:37:17.123456+00`, with up to six digits
 * behind the point or none, and with `+00`, `Z` or no zone. Several times as fast as {@link parseMicros}, which asks it first.
 *
 * @returns undefined for everything else, also for a time that there is not.
 */
export function parseUsualMicros(text: string): Micros | undefined {
  if (text.length < 19 || text.charCodeAt(4) !== DASH || text.charCodeAt(7) !== DASH) return undefined;
  if (text.charCodeAt(13) !== COLON || text.charCodeAt(16) !== COLON) return undefined;
  const between = text.charCodeAt(10);
  if (between !== SPACE && between !== LETTER_T) return undefined;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const [month, day] = [twoDigits(text, 5), twoDigits(text, 8)];
  const [hour, minute, second] = [twoDigits(text, 11), twoDigits(text, 14), twoDigits(text, 17)];
  // Days that only some months have are left to the other way; of a letter between digits a sum is NaN.
  const isUsual = month >= 1 && month <= 12 && day >= 1 && day <= 28 + (month === 2 ? 0 : 2);
  if (!isUsual || !(hour < 24 && minute < 60 && second < 60)) return undefined;
  let [at, fraction, scale] = [19, 0, MICROS_PER_SECOND];
  if (text.charCodeAt(at) === DOT) {
    for (at++; scale > 1 && isDigit(text.charCodeAt(at)); at++) {
      scale /= 10;
      fraction += (text.charCodeAt(at) - ZERO) * scale;
    }
    if (at === 20) return undefined;
  }
  const hasEnded =
    at === text.length ||
    (at + 1 === text.length && text.charCodeAt(at) === LETTER_Z) ||
    (at + 3 === text.length && text.endsWith('+00'));
  if (!hasEnded) return undefined;
  const seconds = daysSince1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
  const value = seconds * MICROS_PER_SECOND + fraction;
  return Number.isSafeInteger(value) ? (value as Micros) : undefined;
}

function twoDigits(text: string, at: number): number {
  const [tens, ones] = [text.charCodeAt(at), text.charCodeAt(at + 1)];
  return isDigit(tens) && isDigit(ones) ? (tens - ZERO) * 10 + ones - ZERO : NaN;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= ZERO + 9;
}

/** Of the proleptic Gregorian calendar, by eras of 400 years that begin in March (Hinnant, days_from_civil). */
function daysSince1970(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function zoneSeconds(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0;
  const digits = zone.slice(1).replaceAll(':', '');
  const seconds =
    Number(digits.slice(0, 2)) * 3600 +
    Number(digits.slice(2, 4) || 0) * 60 +
    Number(digits.slice(4, 6) || 0);
  return zone.startsWith('-') ? -seconds : seconds;
}

/** ISO 8601 in UTC with six digits: `2026-11-23T05:37:17.123456Z`. */
export function formatMicros(value: Micros): string {
  const fraction = ((value % MICROS_PER_SECOND) + MICROS_PER_SECOND) % MICROS_PER_SECOND;
  const iso = new Date((value - fraction) / MICROS_PER_MS).toISOString();
  return `${iso.slice(0, -5)}.${String(fraction).padStart(6, '0')}Z`;
}

/** Basic ISO form for file names: `20261123T053717Z`, with `.123456` before the Z when the time is no whole second. */
export function formatMicrosBasic(value: Micros): string {
  const iso = formatMicros(value).replaceAll('-', '').replaceAll(':', '');
  return iso.replace('.000000Z', 'Z');
}
