import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { micros } from '../../src/model/micros.ts';
import { TableWatermark } from '../../src/watermark/table-watermark.ts';

describe("the table's watermark", () => {
  it('is the least of its partitions', () => {
    const watermark = new TableWatermark({ written: micros(0), partitionCount: 3 });
    expect(watermark.computeTarget([micros(30), micros(10), micros(20)])).toBe(10);
  });

  it('does not move while a partition has committed nothing', () => {
    const watermark = new TableWatermark({ written: micros(0), partitionCount: 2 });
    expect(watermark.computeTarget([micros(30), null])).toBeNull();
    expect(watermark.computeTarget([micros(30)])).toBeNull();
  });

  it('asks for no UPDATE when the minimum stands still', () => {
    const watermark = new TableWatermark({ written: micros(10), partitionCount: 2 });
    expect(watermark.computeTarget([micros(10), micros(99)])).toBeNull();
  });

  it('never goes back and never passes a partition, whatever the order of events', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.nat(1_000), { minLength: 3, maxLength: 3 })), (steps) => {
        const watermark = new TableWatermark({ written: micros(0), partitionCount: 3 });
        for (const step of steps) {
          const before = watermark.written;
          const target = watermark.computeTarget(step.map((value) => micros(value)));
          if (target === null) continue;
          expect(target).toBeGreaterThan(before);
          expect(target).toBe(Math.min(...step));
          watermark.noteWritten(target);
        }
      }),
    );
  });
});
