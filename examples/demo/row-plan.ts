import type { Random } from './random.ts';

/** What is right or wrong with the file of one row. */
export type FilePlan = 'good' | 'missing' | 'wrong-size' | 'outside';

/** One transaction of a client. */
export interface TransactionPlan {
  /** `long` stays open for seconds, `rolled-back` must leave nothing, `late` lies far in the past. */
  readonly kind: 'plain' | 'long' | 'rolled-back' | 'late';
  readonly files: readonly FilePlan[];
  /** How long a long one stays open. */
  readonly openMs: number;
  /** How far back the rows of a late one lie. */
  readonly lateSeconds: number;
}

/** Chooses like a busy application would: mostly small transactions, now and then something awkward. */
export function chooseTransaction(random: Random): TransactionPlan {
  const kind = chooseKind(random.next());
  const count = kind === 'late' ? random.between(1, 3) : random.between(1, 12);
  return {
    kind,
    files: Array.from({ length: count }, () => chooseFile(random.next())),
    openMs: kind === 'long' ? random.between(1_500, 4_000) : 0,
    lateSeconds: kind === 'late' ? random.between(20, 50) : 0,
  };
}

function chooseKind(dice: number): TransactionPlan['kind'] {
  if (dice < 0.02) return 'long';
  if (dice < 0.05) return 'rolled-back';
  if (dice < 0.08) return 'late';
  return 'plain';
}

function chooseFile(dice: number): FilePlan {
  if (dice < 0.004) return 'missing';
  if (dice < 0.008) return 'wrong-size';
  if (dice < 0.01) return 'outside';
  return 'good';
}
