import { MICROS_PER_SECOND } from '../model/micros.ts';

/** Columns of text, as wide as they must be; numbers stand to the right. */
export function textTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => cell(row[column]).length)),
  );
  const layOut = (row: readonly (string | number | undefined)[]): string =>
    widths
      .map((width, column) => {
        const value = row[column];
        return typeof value === 'number' ? cell(value).padStart(width) : cell(value).padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [layOut(head), ...rows.map(layOut)].join('\n');
}

function cell(value: string | number | undefined): string {
  return typeof value === 'number' ? formatCount(value) : (value ?? '');
}

/** Thousands apart: `1,234,567`. */
export function formatCount(value: number): string {
  // What Intl loads for its first number takes as long as a short command.
  return Number.isInteger(value)
    ? String(value).replace(/\B(?=(\d{3})+$)/g, ',')
    : value.toLocaleString('en-US');
}

/** About three digits: `1.23 GB`. */
export function formatBytesShort(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let [value, unit] = [bytes, 0];
  while (value >= 1_000 && unit < units.length - 1) [value, unit] = [value / 1_000, unit + 1];
  return `${unit === 0 ? value : value.toPrecision(3)} ${units[unit]}`;
}

/** The same of seconds. */
export function formatSeconds(seconds: number): string {
  return formatAge(seconds * MICROS_PER_SECOND);
}

/** About two units: `3 d 4 h`, `5 min 2 s`, `800 ms`. */
export function formatAge(micros: number): string {
  const sign = micros < 0 ? '-' : '';
  const ms = Math.round(Math.abs(micros) / 1_000);
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 1) return `${sign}${ms} ms`;
  if (seconds < 60) return `${sign}${seconds} s`;
  if (seconds < 3_600) return `${sign}${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  if (seconds < 86_400)
    return `${sign}${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
  return `${sign}${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3_600)} h`;
}
