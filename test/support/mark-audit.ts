import { expect } from 'vitest';
import type { CaptureRig } from './capture-rig.ts';

/**
 * Holds what the marks of every partition say against what stands between them: the rows since the mark before,
 * all rows, sequences and times that never go back, epochs that only grow.
 */
export function expectBalancedMarks(rig: CaptureRig): void {
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
          expect(mark.rows, `${place}: rows`).toBe(rows);
          expect(mark.rowsTotal, `${place}: rowsTotal`).toBe(total);
          expect(mark.sequence, `${place}: sequence`).toBeGreaterThan(last.sequence);
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
