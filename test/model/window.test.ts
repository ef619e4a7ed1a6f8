import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MICROS_PER_DAY, MICROS_PER_SECOND, parseMicros } from '../../src/model/micros.ts';
import type { Micros } from '../../src/model/micros.ts';
import { floorToWindow, windowEnd, windowOf } from '../../src/model/window.ts';
import { SEED } from '../support/seed.ts';

const SIZES = [1, 7, 1_000, MICROS_PER_SECOND, 60 * MICROS_PER_SECOND, MICROS_PER_DAY, 400 * MICROS_PER_DAY];
const size = fc.oneof(fc.constantFrom(...SIZES), fc.integer({ min: 1, max: 400 * MICROS_PER_DAY }));
/** The years 1 to 2100, so that no window reaches past a safe integer. */
const time = fc.integer({ min: -8_000_000_000_000_000, max: 8_000_000_000_000_000 }) as fc.Arbitrary<Micros>;

function at(text: string): Micros {
  const value = parseMicros(text);
  if (value === undefined) throw new Error(`no time: ${text}`);
  return value;
}

const beside = (value: Micros, micros: number) => (value + micros) as Micros;

describe('windows', () => {
  test('hold a time above their start and not above their end', () => {
    fc.assert(
      fc.property(time, size, (value, sizeMicros) => {
        const { start, end } = windowOf(value, sizeMicros);
        expect(start < value && value <= end).toBe(true);
        expect(end - start).toBe(sizeMicros);
        expect(Math.abs(end % sizeMicros)).toBe(0);
      }),
      { seed: SEED },
    );
  });

  test('part exactly at the edge: the edge belongs to the earlier one, a microsecond later to the next', () => {
    fc.assert(
      fc.property(fc.integer({ min: -15, max: 15 }), size, (index, sizeMicros) => {
        const edge = (index * sizeMicros) as Micros;
        expect(windowEnd(edge, sizeMicros)).toBe(edge);
        expect(windowEnd(beside(edge, 1), sizeMicros)).toBe(edge + sizeMicros);
        expect(windowEnd(beside(edge, -1), sizeMicros)).toBe(sizeMicros === 1 ? edge - 1 : edge);
      }),
      { seed: SEED },
    );
  });

  test('follow each other without gap or overlap', () => {
    fc.assert(
      fc.property(time, size, (value, sizeMicros) => {
        const { start, end } = windowOf(value, sizeMicros);
        expect(windowOf(beside(end, 1), sizeMicros).start).toBe(end);
        expect(windowOf(start, sizeMicros).end).toBe(start);
      }),
      { seed: SEED },
    );
  });

  test('agree with floorToWindow: a window is closed by a time exactly when that time reaches its end', () => {
    fc.assert(
      fc.property(time, fc.integer({ min: -3, max: 3 }), size, (value, step, sizeMicros) => {
        const end = windowEnd(value, sizeMicros);
        const moment = beside(end, step);
        expect(end <= floorToWindow(moment, sizeMicros)).toBe(moment >= end);
      }),
      { seed: SEED },
    );
  });

  test('floorToWindow gives the greatest edge that is not above a time', () => {
    fc.assert(
      fc.property(time, size, (value, sizeMicros) => {
        const floor = floorToWindow(value, sizeMicros);
        expect(floor <= value && value < floor + sizeMicros).toBe(true);
        expect(Math.abs(floor % sizeMicros)).toBe(0);
      }),
      { seed: SEED },
    );
  });

  test.each([
    ['midnight belongs to the day that ends', '2024-03-01T00:00:00Z', '2024-03-01T00:00:00Z'],
    ['a microsecond past midnight begins a day', '2024-03-01T00:00:00.000001Z', '2024-03-02T00:00:00Z'],
    ['the last microsecond of a day ends with it', '2024-02-28T23:59:59.999999Z', '2024-02-29T00:00:00Z'],
    ['the leap day has a window of its own', '2024-02-29T12:00:00Z', '2024-03-01T00:00:00Z'],
    ['the first microsecond of the leap day', '2024-02-29T00:00:00.000001Z', '2024-03-01T00:00:00Z'],
    ['1970 begins where 1969 ends', '1970-01-01T00:00:00Z', '1970-01-01T00:00:00Z'],
    ['a microsecond before 1970', '1969-12-31T23:59:59.999999Z', '1970-01-01T00:00:00Z'],
    ['a day before 1970, at midnight', '1969-12-31T00:00:00Z', '1969-12-31T00:00:00Z'],
    ['a microsecond past a midnight before 1970', '1969-12-30T00:00:00.000001Z', '1969-12-31T00:00:00Z'],
  ])('of one day: %s', (_, value, end) => {
    expect(windowEnd(at(value), MICROS_PER_DAY)).toBe(at(end));
  });
});
