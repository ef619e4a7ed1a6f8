import type { Random } from '../support/random.ts';
import type { FateName } from './fates.ts';

/** One transaction of a writer. */
export interface TransactionPlan {
  readonly fates: readonly FateName[];
  readonly end: 'commit' | 'rollback';
  /** How long it stays open after its last row. */
  readonly openMs: number;
  /** Rows from this one on are undone by a savepoint; null when none are. */
  readonly savepointAt: number | null;
  /** Late rows are stamped so many seconds back. */
  readonly lateSeconds: number;
  readonly pauseMs: number;
}

const BAD: readonly FateName[] = ['missing', 'truncated', 'outside', 'folder'];
/** More than lateness and lag together, up to times before the archive began. */
const LATE_SECONDS = [1, 5, 20, 90, 3_600] as const;
/** Longer than a window, longer than lateness. */
const LONG_MS = [300, 5_000] as const;

/** Mostly short ones; some long, some rolled back in whole or in part, some late, some that name bad files. */
export function planTransaction(random: Random): TransactionPlan {
  const kind = random.fraction();
  const rows = random.between(1, kind < 0.1 ? 40 : 6);
  const pauseMs = random.between(20, 250);
  const fates = (fate: FateName): FateName[] => Array.from({ length: rows }, () => fate);
  const plan: TransactionPlan = {
    fates: fates('good'),
    ...{ end: 'commit', openMs: 0, savepointAt: null, lateSeconds: 0, pauseMs },
  };
  if (kind < 0.6) return plan;
  if (kind < 0.7) return { ...plan, openMs: random.between(...LONG_MS) };
  if (kind < 0.78) return { ...plan, end: 'rollback' };
  if (kind < 0.84) return { ...plan, savepointAt: random.between(0, rows - 1) };
  if (kind < 0.94) return { ...plan, fates: fates('late'), lateSeconds: random.pick(LATE_SECONDS) };
  return { ...plan, fates: [...fates('good'), random.pick(BAD)] };
}
