import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatLsn, lsn, parseLsn } from '../../src/model/lsn.ts';
import { offset } from '../../src/model/offset.ts';
import { murmur2, partitionOf } from '../../src/model/partition.ts';
import { SEED } from '../support/seed.ts';

const position = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(lsn);

describe('Lsn', () => {
  test('comes back from its text unchanged', () => {
    fc.assert(
      fc.property(position, (value) => {
        expect(parseLsn(formatLsn(value))).toBe(value);
      }),
      { seed: SEED },
    );
  });

  test('has the text that Postgres writes', () => {
    expect(formatLsn(lsn(0x16_b374_d848n))).toBe('16/B374D848');
    expect(formatLsn(lsn(0x1_0000_000fn))).toBe('1/F');
    expect(parseLsn('ffffffff/ffffffff')).toBe(2n ** 64n - 1n);
  });

  test.each(['', '16', '16/', '/1', '16/B374D8480', 'g/1', '1/2/3', ' 1/2'])('refuses %j', (text) => {
    expect(() => parseLsn(text)).toThrow(SyntaxError);
  });
});

describe('Offset', () => {
  test('takes whole numbers that a double can hold, as number, text or bigint', () => {
    expect([offset(0), offset('17'), offset(2n ** 53n - 1n)]).toEqual([0, 17, 2 ** 53 - 1]);
  });

  test.each([-1, 0.5, Number.NaN, 'x', 2n ** 53n])('refuses %s', (value) => {
    expect(() => offset(value)).toThrow(RangeError);
  });
});

describe('partitionOf', () => {
  /** The values of Kafka's own UtilsTest.testMurmur2. */
  test.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('hashes %j as Kafka does', (text, hash) => {
    expect(murmur2(Buffer.from(text))).toBe(hash);
  });

  test('gives every key one partition of those there are, the same each time', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.integer({ min: 1, max: 1_000 }), (key, count) => {
        const partition = partitionOf(key, count);
        expect(Number.isInteger(partition) && partition >= 0 && partition < count).toBe(true);
        expect(partitionOf(Buffer.from(key), count)).toBe(partition);
      }),
      { seed: SEED },
    );
  });

  test('spreads keys over all partitions', () => {
    const partitions = Array.from({ length: 1_000 }, (_, i) => partitionOf(Buffer.from(`{"uid":"${i}"}`), 8));
    const counts = Array.from({ length: 8 }, (_, p) => partitions.filter((q) => q === p).length);
    expect(Math.min(...counts)).toBeGreaterThan(80);
  });
});
