import type { Micros } from '../../src/model/micros.ts';
import type { Entry } from '../../src/model/row.ts';
import { LogBuilder } from './log-builder.ts';
import type { Random } from './seed.ts';

export interface RandomLogOptions {
  readonly random: Random;
  readonly entryCount: number;
  /** Length of a window; times move on by less than that. */
  readonly sizeMicros: number;
  /** False for a log as our own capture writes it: no mark twice, no row uncounted. */
  readonly atLeastOnce: boolean;
}

/**
 * A log of one partition with everything that may stand in it: rows in and out of order, late, far ahead and
 * duplicate ones, whole transactions with one created_at, poison, offset gaps, marks often and seldom.
 */
export function randomLog({ random, entryCount, sizeMicros, atLeastOnce }: RandomLogOptions): Entry[] {
  const log = new LogBuilder();
  const markShare = random.pick([0.03, 0.15, 0.5]);
  const jump = random.pick([1, Math.ceil(sizeMicros / 4), sizeMicros * 2]);
  let now = random.between(0, sizeMicros * 3);
  let uid = 0;
  while (log.entries.length < entryCount) {
    now += random.between(0, jump);
    if (random.chance(0.1)) log.gap(random.between(1, 3));
    if (random.chance(markShare)) {
      if (atLeastOnce && random.chance(0.2)) log.uncount(random.between(1, 3));
      log.mark(now - random.between(0, sizeMicros), { clock: now as Micros });
      if (atLeastOnce && random.chance(0.2)) log.repeatMark();
    } else if (random.chance(0.05)) {
      log.poison({ isRow: random.chance(0.5), clock: now as Micros });
    } else {
      const clock = now as Micros;
      const again = random.chance(0.1) ? log.entries.findLast((entry) => entry.kind === 'row') : undefined;
      if (again !== undefined) log.row(again.uid, again.createdAt, { clock });
      else log.row(`u${uid++}`, now + rowAge(random, sizeMicros), { clock });
    }
  }
  // The last marks close whatever is open, so that a run ends with every row sealed.
  log.mark(now + sizeMicros * 40, { clock: now as Micros });
  log.row('last', now - sizeMicros, { clock: now as Micros });
  log.mark(now + sizeMicros * 60, { clock: now as Micros });
  return log.entries;
}

/** How far created_at lies from now: mostly a little behind, sometimes far on either side. */
function rowAge(random: Random, sizeMicros: number): number {
  const kind = random.fraction();
  if (kind < 0.7) return -random.between(0, sizeMicros);
  if (kind < 0.85) return -random.between(0, sizeMicros * 6);
  if (kind < 0.95) return random.between(0, sizeMicros * 3);
  return random.between(sizeMicros * 20, sizeMicros * 40);
}
