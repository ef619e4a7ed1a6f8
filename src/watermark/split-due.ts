import type { Micros } from '../model/micros.ts';
import type { Entry } from '../model/row.ts';

/** The gate: what of a batch may go in now. */
export type SplitDue = (options: { entries: readonly Entry[]; now: Micros; holdMicros: number }) => {
  due: readonly Entry[];
  waiting: readonly Entry[];
  dueAt: Micros | null;
};
