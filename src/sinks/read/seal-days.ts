import { MICROS_PER_DAY, formatMicrosBasic, parseMicros } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import type { Sink } from '../sink.ts';
import type { TimeRange } from './archived-row.ts';
import { MANIFEST_SUFFIX, WINDOW_DAYS_MAX, listDays, readManifest } from './manifests.ts';

/** A seal that may hold rows of the range: all of them are later than `start`. */
export interface FoundSeal {
  readonly manifestName: string;
  readonly start: Micros;
}

/** What listing one day has brought: once these are known too, every seal with rows up to `until` is known. */
export interface SealDay {
  readonly until: Micros;
  readonly seals: readonly FoundSeal[];
}

/**
 * Finds the seals of a range day by day, so that the list of a long archive is never in memory whole.
 *
 * A window that does not end at midnight is shorter than a day and lies within the day under which it is filed
 * (`window.size` divides a day). One that ends at midnight may be 32 days long; so those are looked for so far ahead.
 */
export async function* sealDays(options: {
  readonly sink: Sink;
  readonly table: string;
  readonly range: TimeRange;
}): AsyncGenerator<SealDay> {
  const { range } = options;
  const days: { prefix: string; begin: Micros }[] = [];
  for await (const prefix of listDays(options.sink, { table: options.table, ...range }))
    days.push({ prefix, begin: beginOf(prefix) });
  let ahead = 0;
  for (const { prefix, begin } of days) {
    if (begin >= range.to) break;
    const seals: FoundSeal[] = [];
    for (; ahead < days.length && days[ahead]!.begin <= begin + WINDOW_DAYS_MAX * MICROS_PER_DAY; ahead++)
      seals.push(...(await findSeals(options, days[ahead]!, 'at midnight')));
    seals.push(...(await findSeals(options, { prefix, begin }, 'later')));
    yield { until: Math.min(begin + MICROS_PER_DAY, range.to) as Micros, seals };
  }
  const seals: FoundSeal[] = [];
  for (; ahead < days.length; ahead++) seals.push(...(await findSeals(options, days[ahead]!, 'at midnight')));
  yield { until: range.to, seals };
}

async function findSeals(
  { sink, range }: Parameters<typeof sealDays>[0],
  { prefix, begin }: { readonly prefix: string; readonly begin: Micros },
  ending: 'at midnight' | 'later',
): Promise<FoundSeal[]> {
  const midnight = `${prefix}${formatMicrosBasic(begin)}-`;
  const earliest = secondOf(formatMicrosBasic(range.from));
  const found: FoundSeal[] = [];
  for await (const name of sink.list(ending === 'at midnight' ? midnight : prefix)) {
    if (!name.endsWith(MANIFEST_SUFFIX) || (ending === 'later' && name.startsWith(midnight))) continue;
    if (secondOf(name.slice(prefix.length)) < earliest) continue;
    const { window } = await readManifest(sink, name);
    if (window.end > range.from && window.start < range.to)
      found.push({ manifestName: name, start: window.start });
  }
  return found;
}

/** Names are compared to the second only: a fraction stands in them where others have their Z. */
function secondOf(basicTime: string): string {
  return basicTime.slice(0, 'yyyymmddThhmmss'.length);
}

/** `public.files/2026/11/23/` begins at midnight UTC. */
function beginOf(prefix: string): Micros {
  const [year, month, day] = prefix.split('/').slice(-4, -1);
  return parseMicros(`${year}-${month}-${day}T00:00:00Z`)!;
}
