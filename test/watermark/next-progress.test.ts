import { describe, expect, it } from 'vitest';
import { micros } from '../../src/model/micros.ts';
import { offset } from '../../src/model/offset.ts';
import type { Progress } from '../../src/model/progress.ts';
import {
  checkLogReaches,
  checkWindowSize,
  nextProgress,
  restoreProgress,
} from '../../src/watermark/next-progress.ts';

const begun: Progress = restoreProgress({ watermark: micros(0), early: [], logStart: offset(0) });
const early = [{ end: micros(60_000_000), position: offset(9), parts: 1 }];

describe('the length of windows', () => {
  it('may change while no early part is open', () => {
    expect(() => checkWindowSize({ ...begun, earlySizeMicros: 1 }, 60_000_000)).not.toThrow();
  });

  it('may not change between the early parts of a window and its end', () => {
    const progress = { ...begun, early, earlySizeMicros: 60_000_000 };
    expect(() => checkWindowSize(progress, 60_000_000)).not.toThrow();
    expect(() => checkWindowSize(progress, 30_000_000)).toThrow(/window.size was 60 s/);
  });
});

describe('windows that may stand already', () => {
  it('are remembered until the watermark has passed them', () => {
    const restored = restoreProgress({
      watermark: micros(0),
      sealedUntil: micros(20),
      early: [],
      logStart: offset(0),
    });
    const at = (watermark: number) => ({
      seals: [],
      rejects: [],
      rejectedRows: 0,
      surplusRows: 0,
      progress: {
        offset: offset(1),
        position: offset(1),
        watermark: micros(watermark),
        early: [],
        audit: null,
      },
      open: { windows: 0, rows: 0 },
    });
    const step = { results: [], parts: new Map(), windowSizeMicros: 10 };
    const first = nextProgress({ ...step, before: restored, unit: at(10) });
    expect(first.sealedUntil).toBe(20);
    expect(nextProgress({ ...step, before: first, unit: at(20) })).not.toHaveProperty('sealedUntil');
  });
});

describe('a log that begins in the middle', () => {
  const log = { logStart: offset(70), watermark: micros(1_000) };

  it('is read on when it reaches back to what is archived', () => {
    expect(() => checkLogReaches({ ...log, clock: micros(1_000) })).not.toThrow();
  });

  it('is refused when rows between what is archived and its beginning may be gone', () => {
    expect(() => checkLogReaches({ ...log, clock: micros(1_001) })).toThrow(
      /ERR_LOG_TRUNCATED: the group has no offset, and the log begins at offset 70 with 1970-01-01T00:00:00.001001Z/,
    );
  });
});
