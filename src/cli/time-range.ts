import { TidemarkError } from '../base/errors.ts';
import type { Micros } from '../model/micros.ts';
import { parseTime } from './parse-time.ts';

export interface RangeFlags {
  readonly table?: string;
  readonly from?: string;
  readonly to?: string;
}

/**
 * What `--table`, `--from` and `--to` choose.
 *
 * @throws TidemarkError ERR_USAGE
 */
export function parseRange({ table, ...ends }: RangeFlags): { table?: string; from?: Micros; to?: Micros } {
  return { ...(table === undefined ? {} : { table }), ...parseEnds(ends, { from: '--from', to: '--to' }) };
}

/**
 * Two times of which either may be left out.
 *
 * @param names of their options.
 * @throws TidemarkError ERR_USAGE
 */
export function parseEnds(
  { from, to }: Pick<RangeFlags, 'from' | 'to'>,
  names: { readonly from: string; readonly to: string },
): { from?: Micros; to?: Micros } {
  const ends = {
    ...(from === undefined ? {} : { from: parseTime(names.from, from) }),
    ...(to === undefined ? {} : { to: parseTime(names.to, to) }),
  };
  if (ends.from !== undefined && ends.to !== undefined && ends.from > ends.to) {
    throw new TidemarkError('ERR_USAGE', {
      detail: `${names.from} ${from} is later than ${names.to} ${to}`,
      remedy: 'Exchange the two.',
    });
  }
  return ends;
}
