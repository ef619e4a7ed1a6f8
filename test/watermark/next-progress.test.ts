import { describe, expect, it } from 'vitest';
import { micros } from '../../src/model/micros.ts';
import { offset } from '../../src/model/offset.ts';
import type { Progress } from '../../src/model/progress.ts';
import { checkWindowSize, restoreProgress } from '../../src/watermark/next-progress.ts';

const begun: Progress = restoreProgress({ watermark: micros(0), logStart: offset(0) });
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
