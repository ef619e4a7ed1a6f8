import { TidemarkError } from '../base/errors.ts';
import { parseMicros } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';

/**
 * Reads a time given on the command line: `2026-11-23T05:37:17.123456Z`, or a day `2026-11-23`; UTC without a zone.
 *
 * @throws TidemarkError ERR_USAGE
 */
export function parseTime(option: string, text: string): Micros {
  const value = parseMicros(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
  if (value !== undefined) return value;
  throw new TidemarkError('ERR_USAGE', {
    detail: `${option} ${JSON.stringify(text)} is no time such as 2026-11-23T05:37:17.123456Z or 2026-11-23`,
  });
}
