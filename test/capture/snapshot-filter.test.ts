import { describe, expect, it } from 'vitest';
import { hasPassedLegs, isInSnapshot } from '../../src/capture/snapshot-filter.ts';
import { compareRowKeys } from '../../src/model/capture-position.ts';
import { lsn } from '../../src/model/lsn.ts';
import { micros } from '../../src/model/micros.ts';

const key = (createdAt: number | null, uid: string) => ({
  createdAt: createdAt === null ? null : micros(createdAt),
  uid,
});
const LEGS = [
  { from: null, consistentLsn: lsn(100n) },
  { from: key(50, 'm'), consistentLsn: lsn(200n) },
];

describe('the legs of a snapshot', () => {
  it.each([
    ['a key of the first leg', key(50, 'm'), 99n, true],
    ['a key of the first leg, committed at its LSN', key(50, 'm'), 100n, false],
    ['a key of the second leg', key(50, 'n'), 199n, true],
    ['a key of the second leg, committed at its LSN', key(51, 'a'), 200n, false],
    ['a row without a place in time belongs to the last leg', key(null, 'a'), 150n, true],
  ])('decide whether a streamed row was read: %s', (_name, row, commit, expected) => {
    expect(isInSnapshot(LEGS, row, lsn(commit))).toBe(expected);
  });

  it('are dropped only when the stream has reached the last of them', () => {
    expect(hasPassedLegs(LEGS, lsn(199n))).toBe(false);
    expect(hasPassedLegs(LEGS, lsn(200n))).toBe(true);
  });

  it('order uids by their UTF-8 bytes, not by UTF-16 units', () => {
    expect(compareRowKeys(key(1, '\uffee'), key(1, '😀'))).toBeLessThan(0);
    expect(compareRowKeys(key(null, 'a'), key(9, 'b'))).toBeGreaterThan(0);
  });
});
