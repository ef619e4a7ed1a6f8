import type { Micros } from '../../model/micros.ts';
import type { TimeUnit } from '../debezium-schema.ts';
import { fromUnit } from '../decode-columns.ts';
import { jsonMembers } from '../json-members.ts';

/**
 * The row's JSON text with a created_at in microseconds: in our own log no schema says another unit. Everything else
 * stays to the letter.
 */
export function createdAtInMicros(row: Buffer, options: { column: string; unit: TimeUnit }): string {
  const { column, unit } = options;
  const at = unit === 'micros' ? undefined : jsonMembers(row, { start: 0, end: row.length })?.get(column);
  const time = at === undefined ? undefined : fromUnit(row.toString('utf8', at.start, at.end), unit);
  // What is no number is text, or NULL, and has no unit.
  if (at === undefined || time === undefined) return row.toString('utf8');
  return `${row.toString('utf8', 0, at.start)}${time}${row.toString('utf8', at.end)}`;
}

/** 1973 as milliseconds, taken for microseconds: 28 hours after 1970. */
const LEAST = 100_000_000_000;
/** 5138 as milliseconds, taken for microseconds: 1973. */
const MOST = 100_000_000_000_000;
/** 1973 as nanoseconds, taken for microseconds: 5138. */
const LEAST_NANOS = 100_000_000_000_000_000;
/** The year 2000. */
const THIS_CENTURY = 946_684_800_000_000;

/**
 * The unit that a created_at without a schema seems to count, where it is not ours: a time of the first three years after
 * 1970, or of thousands of years ahead, in a transaction of this century. Some values of `time.precision.mode` write
 * milliseconds or nanoseconds, and every row would be archived under January 1970, or rejected.
 *
 * @param text of the value in the row's JSON.
 */
export function otherUnit(text: string, committedAt: Micros): 'milliseconds' | 'nanoseconds' | null {
  if (!/^\d{12,19}$/.test(text) || committedAt < THIS_CENTURY) return null;
  const value = Number(text);
  if (value >= LEAST_NANOS) return 'nanoseconds';
  return value >= LEAST && value < MOST ? 'milliseconds' : null;
}
