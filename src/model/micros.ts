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
