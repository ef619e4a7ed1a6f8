import { describe, expect, it } from 'vitest';
import { addTallies, isSealCommitted, keptFiles, NOTHING_CLEANED } from '../../src/model/cleanup.ts';
import { micros } from '../../src/model/micros.ts';
import { offset } from '../../src/model/offset.ts';

const seal = { window: { start: micros(0), end: micros(60) }, lastOffset: offset(100) };
const progress = (watermark: number, position: number) => ({
  watermark: micros(watermark),
  position: offset(position),
});

describe('the seal of a shard', () => {
  it.each(['window', 'early'] as const)('of kind %s is committed when the watermark is there', (kind) => {
    expect(isSealCommitted({ ...seal, kind }, progress(59, 500))).toBe(false);
    expect(isSealCommitted({ ...seal, kind }, progress(60, 5))).toBe(true);
    expect(isSealCommitted({ ...seal, kind, lastOffset: null }, progress(61, 5))).toBe(true);
  });

  it('of late rows is committed when the log is gathered beyond them', () => {
    const late = { ...seal, kind: 'late' as const };
    expect(isSealCommitted(late, progress(60, 100))).toBe(false);
    expect(isSealCommitted(late, progress(60, 101))).toBe(true);
    expect(isSealCommitted(late, progress(59, 101))).toBe(false);
    expect(isSealCommitted({ ...late, lastOffset: null }, progress(60, 101))).toBe(false);
  });

  it('is not committed when the group knows nothing of its partition', () => {
    expect(isSealCommitted({ ...seal, kind: 'window' }, null)).toBe(false);
  });
});

describe('tallies', () => {
  it('add up, reason by reason', () => {
    const a = { removedFiles: 1, removedBytes: 10, missingFiles: 2, kept: { file_changed: 1 } };
    const b = { ...NOTHING_CLEANED, kept: { file_changed: 2, file_outside_roots: 3 } };
    const sum = addTallies(addTallies(a, b), a);
    expect(sum).toEqual({
      ...{ removedFiles: 2, removedBytes: 20, missingFiles: 4 },
      kept: { file_changed: 4, file_outside_roots: 3 },
    });
    expect(keptFiles(sum)).toBe(7);
  });
});
