import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatMicros,
  formatMicrosBasic,
  micros,
  parseMicros,
  parseUsualMicros,
} from '../../src/model/micros.ts';
import type { Micros } from '../../src/model/micros.ts';
import { SEED } from '../support/seed.ts';

const time = fc.maxSafeInteger() as fc.Arbitrary<Micros>;

/** What `timestamptz` looks like in a session of some zone: date and time of the zone, then its offset. */
function inZone(value: Micros, offsetMinutes: number): string {
  const local = formatMicros((value + offsetMinutes * 60_000_000) as Micros);
  const sign = offsetMinutes < 0 ? '-' : '+';
  const [hours, minutes] = [Math.floor(Math.abs(offsetMinutes) / 60), Math.abs(offsetMinutes) % 60];
  const two = (n: number) => String(n).padStart(2, '0');
  const zone = `${sign}${two(hours)}${minutes === 0 ? '' : `:${two(minutes)}`}`;
  return `${local.slice(0, 10)} ${local.slice(11, -1)}${zone}`;
}

describe('times in microseconds', () => {
  test('come back from their text unchanged, over all that can be held', () => {
    fc.assert(
      fc.property(time, (value) => {
        expect(parseMicros(formatMicros(value))).toBe(value);
      }),
      { seed: SEED, numRuns: 1_000 },
    );
  });

  test('have texts in the order of the times', () => {
    fc.assert(
      fc.property(time, time, (a, b) => {
        expect(Math.sign(a - b)).toBe(
          formatMicros(a) < formatMicros(b) ? -1 : Number(formatMicros(a) > formatMicros(b)),
        );
      }),
      { seed: SEED },
    );
  });

  test('are read in any zone as Postgres writes it', () => {
    const withRoom = fc.integer({ min: -9e15, max: 9e15 }) as fc.Arbitrary<Micros>;
    fc.assert(
      fc.property(withRoom, fc.integer({ min: -15 * 60, max: 15 * 60 }), (value, offsetMinutes) => {
        expect(parseMicros(inZone(value, offsetMinutes))).toBe(value);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  test('are read by position as they are by the grammar, or left to it', () => {
    const digit = fc.integer({ min: 0, max: 9 }).map(String);
    const digits = (n: number) => fc.array(digit, { minLength: n, maxLength: n }).map((d) => d.join(''));
    const part = (max: number) => fc.integer({ min: 0, max }).map((n) => String(n).padStart(2, '0'));
    const text = fc
      .tuple(
        fc.tuple(fc.constantFrom('0000', '1600', '1900', '2000', '2024', '2100', '2255', '9999'), digits(4)),
        fc.tuple(fc.boolean(), part(13), part(32), part(25), part(61), part(61)),
        fc.constantFrom(' ', 'T', 't'),
        fc.integer({ min: 0, max: 8 }).chain(digits),
        fc.constantFrom('', 'Z', '+00', '+01', '-00', '+00:00', ' BC', 'x'),
      )
      .map(([[known, any], [isAny, month, day, hour, minute, second], between, fraction, end]) => {
        const date = `${isAny ? any : known}-${month}-${day}`;
        return `${date}${between}${hour}:${minute}:${second}${fraction === '' ? '' : `.${fraction}`}${end}`;
      });
    let usual = 0;
    fc.assert(
      fc.property(text, (given) => {
        const found = parseUsualMicros(given);
        // Before the zone the grammar allows spaces, and the other way does not.
        const bySpace = given.replace(/(Z|[+-][\d:]+)?( BC|x)?$/, ' $1$2');
        if (found === undefined) return;
        usual++;
        expect(found).toBe(parseMicros(bySpace));
      }),
      { seed: SEED, numRuns: 5_000 },
    );
    expect(usual).toBeGreaterThan(100);
    for (const odd of [
      '2026-1x-23 05:37:17',
      '2026-11-23 05:37:1',
      '2026-11-23 05:37:17.',
      '2026-11-23 05:37:17.1x',
    ])
      expect(parseUsualMicros(odd)).toBeUndefined();
  });

  test.each([
    ['2026-11-23 05:37:17.123456+00', '2026-11-23T05:37:17.123456Z'],
    ['2026-11-23 05:37:17+00', '2026-11-23T05:37:17.000000Z'],
    ['2026-11-23 05:37:17.1+00', '2026-11-23T05:37:17.100000Z'],
    ['2026-11-23 05:37:17.1234567Z', '2026-11-23T05:37:17.123456Z'],
    ['2026-11-23 11:07:17+05:30', '2026-11-23T05:37:17.000000Z'],
    ['2026-11-23 02:07:17-03:30', '2026-11-23T05:37:17.000000Z'],
    ['1890-01-01 00:00:00+00:53:28', '1889-12-31T23:06:32.000000Z'],
    ['2026-11-23T05:37:17', '2026-11-23T05:37:17.000000Z'],
    ['2026-11-23 24:00:00+00', '2026-11-24T00:00:00.000000Z'],
    ['1969-12-31 23:59:59.999999+00', '1969-12-31T23:59:59.999999Z'],
    ['2024-02-29 00:00:00+00', '2024-02-29T00:00:00.000000Z'],
    ['1684-07-28 00:12:25.259009+00', '1684-07-28T00:12:25.259009Z'],
    ['2255-06-05 23:47:34.740991+00', '2255-06-05T23:47:34.740991Z'],
  ])('%s is %s', (text, iso) => {
    const value = parseMicros(text);
    expect(value === undefined ? undefined : formatMicros(value)).toBe(iso);
  });

  test.each([
    'infinity',
    '-infinity',
    '',
    'now',
    '2026-11-23',
    '2023-02-29 00:00:00+00',
    '2026-13-01 00:00:00+00',
    '2026-00-10 00:00:00+00',
    '2026-11-31 00:00:00+00',
    '2026-11-23 25:00:00+00',
    '2026-11-23 05:60:00+00',
    '0044-03-15 12:00:00+00 BC',
    '294276-12-31 23:59:59+00',
    '1684-07-28 00:12:25.259008+00',
    '2255-06-05 23:47:34.740992+00',
    '2026-11-23 05:37:17+00 trailing',
  ])('%j is no time that can be held', (text) => {
    expect(parseMicros(text)).toBeUndefined();
  });

  test('never become half a number, whatever the text is', () => {
    const part = fc.constantFrom(
      '2026',
      '-',
      '11',
      ':',
      '.',
      '99',
      '00',
      'T',
      ' ',
      '+',
      'Z',
      'BC',
      '9'.repeat(9),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 20 }), (parts) => {
        const value = parseMicros(parts.join(''));
        expect(value === undefined || Number.isSafeInteger(value)).toBe(true);
      }),
      { seed: SEED, numRuns: 1_000 },
    );
  });

  test('have a basic form for names: without a fraction when there is none, six digits otherwise', () => {
    expect(formatMicrosBasic(0 as Micros)).toBe('19700101T000000Z');
    expect(formatMicrosBasic(1 as Micros)).toBe('19700101T000000.000001Z');
    expect(formatMicrosBasic(-1 as Micros)).toBe('19691231T235959.999999Z');
  });

  test('are refused when they are no safe integers', () => {
    expect(() => micros(2 ** 53)).toThrow(RangeError);
    expect(() => micros(0.5)).toThrow(RangeError);
    expect(() => micros(Number.NaN)).toThrow(RangeError);
    expect(micros(-5n)).toBe(-5);
  });
});
