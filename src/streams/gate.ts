import { MICROS_PER_DAY } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';
import type { Entry } from '../model/row.ts';

/** The entries of one batch on either side of the gate, both in log order. */
export interface Split {
  readonly due: readonly Entry[];
  readonly waiting: readonly Entry[];
  /** When the first one that waits is due; null when none waits. */
  readonly dueAt: Micros | null;
}

/**
 * No clock is ahead of ours by so much: one that says so lies, or ours does. Waiting for it could take years, and
 * what stands behind it would wait too.
 */
const AHEAD_MAX_MICROS = MICROS_PER_DAY;

/**
 * Parts a batch at the first entry whose server clock + hold lies after `now`. What stands behind it waits too,
 * whatever its own clock says: order is the log's.
 */
export function splitDue(batch: {
  readonly entries: readonly Entry[];
  readonly now: Micros;
  readonly holdMicros: number;
}): Split {
  const { entries, now, holdMicros } = batch;
  const first = entries.findIndex(({ clock }) => clock + holdMicros > now && clock <= now + AHEAD_MAX_MICROS);
  if (first === -1) return { due: entries, waiting: [], dueAt: null };
  return {
    due: entries.slice(0, first),
    waiting: entries.slice(first),
    dueAt: (entries[first]!.clock + holdMicros) as Micros,
  };
}
