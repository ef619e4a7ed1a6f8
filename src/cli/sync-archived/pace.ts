import { MICROS_PER_SECOND } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';

/**
 * When the batch behind this one may begin. A batch that was slow is not made up for afterwards: whatever slowed it
 * down would be hit by the burst. Pure.
 */
export function computeNextStart(batch: {
  readonly startedAt: Micros;
  readonly rows: number;
  readonly rowsPerSecond: number;
}): Micros {
  const { startedAt, rows, rowsPerSecond } = batch;
  return (startedAt + Math.ceil((rows * MICROS_PER_SECOND) / rowsPerSecond)) as Micros;
}
