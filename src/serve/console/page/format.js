/** Numbers and times for people. Times of the state are ISO 8601 in UTC, and are shown so: at night nobody computes zones. */

/** @param {number | null} value */
export function count(value) {
  return value === null ? '—' : value.toLocaleString('en-US');
}

/** @param {number} bytes */
export function size(bytes) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let [value, unit] = [bytes, 0];
  while (value >= 1000 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${unit === 0 ? Math.round(value) : value.toPrecision(3)} ${units[unit]}`;
}

/** @type {[number, string, number, string]} */
const SECOND = [1, 's', 0, ''];
/** @type {[number, string, number, string][]} */
const UNITS = [
  [86_400, 'd', 3_600, 'h'],
  [3_600, 'h', 60, 'min'],
  [60, 'min', 1, 's'],
];

/**
 * About two units: `3 d 4 h`, `5 min 2 s`.
 *
 * @param {number} seconds
 */
export function age(seconds) {
  const sign = seconds < 0 ? '-' : '';
  const s = Math.floor(Math.abs(seconds));
  const [unit, name, rest, restName] = UNITS.find(([least]) => s >= least) ?? SECOND;
  const left = rest === 0 ? 0 : Math.floor((s % unit) / rest);
  return `${sign}${Math.floor(s / unit)} ${name}${left === 0 ? '' : ` ${left} ${restName}`}`;
}

/**
 * `2026-11-23 05:37:17 UTC`.
 *
 * @param {string | null} iso
 */
export function time(iso) {
  return iso === null ? 'none yet' : `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}

/** @param {string | null} iso */
export function timeOfDay(iso) {
  return iso === null ? '—' : iso.slice(11, 19);
}

/** Milliseconds since 1970. @param {string} iso */
export function ms(iso) {
  return Date.parse(iso);
}

/** @param {number} at */
export function isoOf(at) {
  return new Date(at).toISOString();
}
