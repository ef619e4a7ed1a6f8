import { MICROS_PER_MS } from './micros.ts';
import type { Micros } from './micros.ts';

const MS_PER_QUARTER_HOUR = 900_000;
const MS_PER_MINUTE = 60_000;

/**
 * Reads the wall time of a `timestamp` column, which has no zone, as a time in `zone`.
 *
 * Zones change their offset on quarter hours, but for a few (St John's: a minute past midnight, until 2011). So the
 * offset is asked once a quarter hour of data and remembered, and where it changes within one, by the minute. A wall time that occurs twice (autumn) means its second passing, as Postgres's `AT TIME ZONE` has it.
 *
 * @param zone an IANA name such as `Europe/Berlin`; null or `UTC` leave the value as it is.
 * @throws RangeError when the zone is unknown.
 */
export function localToUtc(zone: string | null): (local: Micros) => Micros {
  if (zone === null || zone === 'UTC') return (local) => local;
  const format = zoneFormat(zone);
  const offsets = new Map<number, number>();
  return (local) => {
    const slot = Math.floor(local / MICROS_PER_MS / MS_PER_QUARTER_HOUR);
    let offsetMs = offsets.get(slot);
    if (offsetMs === undefined) {
      const startMs = slot * MS_PER_QUARTER_HOUR;
      offsetMs = offsetOfLocal(format, startMs);
      if (offsetMs !== offsetOfLocal(format, startMs + MS_PER_QUARTER_HOUR - MS_PER_MINUTE)) {
        const minute = Math.floor(local / MICROS_PER_MS / MS_PER_MINUTE);
        return (local - offsetOfLocal(format, minute * MS_PER_MINUTE) * MICROS_PER_MS) as Micros;
      }
      if (offsets.size >= OFFSETS_MAX) offsets.clear();
      offsets.set(slot, offsetMs);
    }
    return (local - offsetMs * MICROS_PER_MS) as Micros;
  };
}

/** A year of quarter hours; beyond it the memory starts afresh. */
const OFFSETS_MAX = 35_064;

function zoneFormat(zone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    era: 'short',
  });
}

/** The lesser of the offsets that fit is the later instant. */
function offsetOfLocal(format: Intl.DateTimeFormat, localMs: number): number {
  const day = 86_400_000;
  const before = offsetAt(format, localMs - day);
  const after = offsetAt(format, localMs + day);
  const fits = [before, after].filter((offset) => offsetAt(format, localMs - offset) === offset);
  return fits.length === 0 ? before : Math.min(...fits);
}

function offsetAt(format: Intl.DateTimeFormat, utcMs: number): number {
  const parts = new Map(format.formatToParts(utcMs).map((part) => [part.type, part.value]));
  const number = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type));
  const year = parts.get('era') === 'BC' ? 1 - number('year') : number('year');
  const date = new Date(0);
  date.setUTCFullYear(year, number('month') - 1, number('day'));
  date.setUTCHours(number('hour'), number('minute'), number('second'));
  return date.getTime() - Math.floor(utcMs / 1_000) * 1_000;
}
