import { MICROS_PER_SECOND } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';

/**
 * When the batch behind this one may begin. A batch that was slow is not made up for afterwards: whatever slowed it
 * down would be hit by the burst. Pure.
 */
export function computeNextStart(batch: {
  readonly startedAt: Micros;
  readonly count: number;
  readonly perSecond: number;
}): Micros {
  const { startedAt, count, perSecond } = batch;
  return (startedAt + Math.ceil((count * MICROS_PER_SECOND) / perSecond)) as Micros;
}
