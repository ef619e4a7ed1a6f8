import { expect, test } from 'vitest';
import { DueDays } from '../src/due-days.ts';
import { MICROS_PER_DAY, formatMicros, parseMicros } from '../src/model/micros.ts';
import type { Micros } from '../src/model/micros.ts';

const at = (text: string): Micros => parseMicros(text)!;
const listed = (days: DueDays): string[] => days.list().map((day) => formatMicros(day).slice(0, 10));

test('a day is due when the watermark is past its last window, and until it is done', () => {
  const days = new DueDays({ sizeMicros: 3_600_000_000 });
  days.noteSealed(at('2026-11-23T00:00:00Z'));
  days.noteSealed(at('2026-11-23T22:00:00Z'));
  expect(days.reach(at('2026-11-23T22:00:00Z'))).toBe(true);
  expect(listed(days)).toEqual([]);
  expect(days.reach(at('2026-11-23T23:00:00Z'))).toBe(true);
  expect(listed(days)).toEqual(['2026-11-23']);
  days.done(at('2026-11-23T00:00:00Z'));
  expect(listed(days)).toEqual([]);
});

test('a window of a day is filed under the day that it ends with, and makes that one due at once', () => {
  const days = new DueDays({ sizeMicros: MICROS_PER_DAY });
  days.noteSealed(at('2026-11-23T00:00:00Z'));
  days.reach(at('2026-11-23T00:00:00Z'));
  expect(listed(days)).toEqual(['2026-11-23']);
});

test('what comes late to a day is looked at with the next one', () => {
  const days = new DueDays({ sizeMicros: 3_600_000_000 });
  days.reach(at('2026-11-24T05:00:00Z'));
  days.noteSealed(at('2026-11-23T05:00:00Z'));
  expect(days.reach(at('2026-11-24T06:00:00Z'))).toBe(false);
  expect(listed(days)).toEqual([]);
  expect(days.reach(at('2026-11-25T00:00:00Z'))).toBe(true);
  expect(listed(days)).toEqual(['2026-11-23']);
});

test('a partition that is taken over begins with the last three days', () => {
  const days = new DueDays({ sizeMicros: 3_600_000_000 });
  days.begin(at('2026-11-23T05:00:00Z'));
  days.reach(at('2026-11-23T05:00:00Z'));
  expect(listed(days)).toEqual(['2026-11-21', '2026-11-22']);
});

test('of more days than are remembered the oldest are given up, and counted', () => {
  const days = new DueDays({ sizeMicros: MICROS_PER_DAY });
  for (let i = 0; i < 4_010; i++) days.noteSealed((i * MICROS_PER_DAY) as Micros);
  days.reach((4_010 * MICROS_PER_DAY) as Micros);
  expect(days.list()).toHaveLength(4_000);
  expect(days.list()[0]).toBe(10 * MICROS_PER_DAY);
  expect([days.takeDropped(), days.takeDropped()]).toEqual([10, 0]);
});
