import { describe, expect, it } from 'vitest';
import type { Micros } from '../../src/model/micros.ts';
import { parseMicros } from '../../src/model/micros.ts';
import { computeCutoff, computeLag, computeSpan } from '../../src/watermark/cycle-span.ts';

const DAY = 86_400_000_000;
const time = (text: string): Micros => parseMicros(text)!;

describe('the lag of a cycle', () => {
  it('is that of the configuration when it is given there, whatever the row says', () => {
    expect(computeLag({ lagMicros: 5, isLagGiven: true, lagDays: 3 })).toBe(5);
  });

  it('is lag_days of the row otherwise, none at all included', () => {
    expect(computeLag({ lagMicros: 7 * DAY, isLagGiven: false, lagDays: 3 })).toBe(3 * DAY);
    expect(computeLag({ lagMicros: 7 * DAY, isLagGiven: false, lagDays: 0 })).toBe(0);
  });

  it('is the default where the table has no row', () => {
    expect(computeLag({ lagMicros: 7 * DAY, isLagGiven: false, lagDays: null })).toBe(7 * DAY);
  });
});

describe('the cutoff', () => {
  const at = { now: time('2024-12-09T13:05:00Z'), lagMicros: 7 * DAY, sizeMicros: DAY };

  it('is the edge of the last window that is old enough: midnight for windows of a day', () => {
    expect(computeCutoff({ ...at, safeUntil: null })).toBe(time('2024-12-02T00:00:00Z'));
  });

  it('stays before what may not be committed yet', () => {
    expect(computeCutoff({ ...at, safeUntil: time('2024-11-28T23:59:59Z') })).toBe(
      time('2024-11-28T00:00:00Z'),
    );
    expect(computeCutoff({ ...at, safeUntil: at.now })).toBe(time('2024-12-02T00:00:00Z'));
  });
});

describe('the span of a cycle', () => {
  const cutoff = time('2024-12-02T00:00:00Z');

  it('goes from the watermark to the cutoff', () => {
    const archivedUntil = time('2024-11-25T00:00:00Z');
    expect(computeSpan({ archivedUntil, cutoff })).toEqual({ start: archivedUntil, end: cutoff });
  });

  it('is nothing when the watermark is there already, or beyond', () => {
    expect(computeSpan({ archivedUntil: cutoff, cutoff })).toBeNull();
    expect(computeSpan({ archivedUntil: (cutoff + 1) as Micros, cutoff })).toBeNull();
  });
});
