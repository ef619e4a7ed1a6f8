import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatDuration,
  parseBytes,
  parseDurationMicros,
  UnitError,
} from '../../src/base/units.ts';

const seed = Number(process.env['TIDEMARK_SEED'] ?? Date.now() % 2 ** 31);

describe('durations', () => {
  it.each([
    ['1us', 1],
    ['250ms', 250_000],
    ['0.1s', 100_000],
    ['1.5h', 5_400_000_000],
    ['5m', 300_000_000],
    ['1d', 86_400_000_000],
    ['0s', 0],
    ['10 ms', 10_000],
  ])('%s is %i microseconds', (text, micros) => {
    expect(parseDurationMicros(text)).toBe(micros);
  });

  it.each([
    '',
    '5',
    'm',
    '-5m',
    '5 minutes',
    '1e3s',
    '5M',
    '0.5us',
    '1d2h',
    '99999999999d',
    '1.s',
    'constructor',
  ])('%j is refused with what a duration looks like', (text) => {
    expect(() => parseDurationMicros(text)).toThrow(UnitError);
    expect(() => parseDurationMicros(text)).toThrow(/is not a duration such as 250ms/);
  });

  it('come back from their shortest text unchanged', () => {
    fc.assert(
      fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (micros) => {
        expect(parseDurationMicros(formatDuration(micros))).toBe(micros);
      }),
      { seed },
    );
  });

  it('are written in the largest unit that says them exactly', () => {
    expect([60_000_000, 90_000_000, 86_400_000_000, 1, 0].map(formatDuration)).toEqual([
      '1m',
      '90s',
      '1d',
      '1us',
      '0us',
    ]);
  });
});

describe('sizes', () => {
  it.each([
    ['64KiB', 65_536],
    ['256MiB', 268_435_456],
    ['2GB', 2_000_000_000],
    ['1.5KiB', 1_536],
    ['7B', 7],
  ])('%s is %i bytes', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  it.each(['64', '64K', '64kib', 'MiB', '-1B', '0.5B'])('%j is refused', (text) => {
    expect(() => parseBytes(text)).toThrow(/is not a size such as 64KiB/);
  });

  it('come back from their shortest text unchanged', () => {
    fc.assert(
      fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (bytes) => {
        expect(parseBytes(formatBytes(bytes))).toBe(bytes);
      }),
      { seed },
    );
  });
});
