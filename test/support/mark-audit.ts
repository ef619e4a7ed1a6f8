import { expect } from 'vitest';
import type { CaptureRig } from './capture-rig.ts';

/**
 * Holds what the marks of every partition say against what stands between them: the rows since the mark before,
 * all rows, sequences and times that never go back, epochs that only grow.
 *
 * @param options.mayBeginAnew a new owner that found the slot ahead of its position begins with mark 1 again, which does
 * not count what was sent between the last mark and its start.
 */
export function expectBalancedMarks(rig: CaptureRig, { mayBeginAnew = false } = {}): void {
  for (const topic of rig.setup.tables.map((table) => rig.topic(table))) {
    for (let partition = 0; partition < rig.partitions; partition++) {
      let rows = 0;
      let total = 0;
      let last = { sequence: 0, epoch: 0, time: -Infinity };
      for (const read of rig.reader.entries) {
        if (read.topic !== topic || read.partition !== partition) continue;
        const { entry } = read;
        if (entry.kind === 'mark') {
          const { mark } = entry;
          const place = `${topic}/${partition} mark ${mark.sequence}`;
          const isAnew = mayBeginAnew && mark.sequence === 1 && mark.epoch > last.epoch;
          if (isAnew) expect(mark.rows, `${place}: rows`).toBeLessThanOrEqual(rows);
          else expect(mark.rows, `${place}: rows`).toBe(rows);
          expect(mark.rowsTotal, `${place}: rowsTotal`).toBe(total);
          if (!isAnew) expect(mark.sequence, `${place}: sequence`).toBeGreaterThan(last.sequence);
          expect(mark.epoch, `${place}: epoch`).toBeGreaterThanOrEqual(last.epoch);
          expect(mark.time, `${place}: time`).toBeGreaterThanOrEqual(last.time);
          last = mark;
          rows = 0;
        } else {
          rows++;
          total++;
        }
      }
    }
  }
}
