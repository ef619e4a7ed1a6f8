import type { Events } from '../base/event-map.ts';
import type { BatchPart, BatchRow } from '../model/batch.ts';
import type { Micros } from '../model/micros.ts';
import type { Window } from '../model/window.ts';
import type { CycleSeals } from './cycle-seals.ts';
import type { CycleTotals } from './cycle-totals.ts';
import type { PhaseTimes } from './phase-times.ts';
import { SealGroups } from './seal-groups.ts';

/** Puts rows into windows; see `TableGathering`. */
export interface WindowGathering {
  readonly closedUntil: Micros | null;
  readonly rows: number;
  take(row: BatchRow): readonly BatchPart[];
  close(): readonly BatchPart[];
}

export interface WatermarkCycleOptions {
  readonly table: string;
  readonly span: Window;
  /** Each page is gone through once. */
  readonly rows: AsyncIterable<Iterable<BatchRow>>;
  readonly gathering: WindowGathering;
  /** Null in a dry run. */
  readonly seals: CycleSeals | null;
  readonly totals: CycleTotals;
  readonly times: PhaseTimes;
  readonly events: Events;
  /** True when a cycle may end before its time: rows come in the order of UTC. */
  readonly mayEndEarly: boolean;
  readonly isDraining: () => boolean;
  readonly signal: AbortSignal;
}

/**
 * Seals every row of the span, window after window, in bounded memory.
 *
 * @returns up to where all rows are durable: the end of the span, or of the last whole window when it was told to end.
 * Nothing of it counts before the caller has moved the watermark.
 * @throws what reading or sealing failed with; then nothing may be moved.
 */
export async function sealSpan(options: WatermarkCycleOptions): Promise<Micros> {
  const { span, gathering, times, events, table, isDraining, signal } = options;
  const groups = new SealGroups((part, abort) => handlePart(options, part, abort), { signal });
  let readRows = 0;
  try {
    for await (const page of times.pages(options.rows)) {
      signal.throwIfAborted();
      for (const row of page) {
        const parts = gathering.take(row);
        readRows++;
        if (parts.length > 0) await groups.begin(parts);
      }
      const pendingRows = gathering.rows;
      events.emit('cycle:progressed', { table, strategy: 'watermark', readRows, pendingRows });
      if (!isDraining()) continue;
      await groups.finish();
      return options.mayEndEarly ? latest(span.start, gathering.closedUntil) : span.start;
    }
    await groups.begin(gathering.close());
    await groups.finish();
    return span.end;
  } catch (error) {
    await groups.abandon(error);
    throw error;
  }
}

async function handlePart(
  { seals, totals, times }: WatermarkCycleOptions,
  part: BatchPart,
  signal: AbortSignal,
): Promise<void> {
  if (seals === null) totals.addUntried(part);
  else totals.add(await times.measure('pack', () => seals.seal(part, signal)));
}

function latest(start: Micros, closedUntil: Micros | null): Micros {
  return closedUntil !== null && closedUntil > start ? closedUntil : start;
}
