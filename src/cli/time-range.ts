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
export function parseRange({ table, from, to }: RangeFlags): { table?: string; from?: Micros; to?: Micros } {
  const range = {
    ...(table === undefined ? {} : { table }),
    ...(from === undefined ? {} : { from: parseTime('--from', from) }),
    ...(to === undefined ? {} : { to: parseTime('--to', to) }),
  };
  if (range.from !== undefined && range.to !== undefined && range.from > range.to) {
    throw new TidemarkError('ERR_USAGE', {
      detail: `--from ${from} is later than --to ${to}`,
      remedy: 'Exchange the two.',
    });
  }
  return range;
}
