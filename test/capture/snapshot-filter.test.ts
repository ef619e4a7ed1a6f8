import { describe, expect, it } from 'vitest';
import { hasPassedLegs, isInSnapshot } from '../../src/capture/snapshot-filter.ts';
import { computeStart } from '../../src/capture/start-position.ts';
import { compareRowKeys } from '../../src/model/capture-position.ts';
import type { CapturePosition } from '../../src/model/capture-position.ts';
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

describe('the position of a new owner', () => {
  const committed: CapturePosition = {
    lsn: lsn(500n),
    ordinal: 4,
    epoch: 3,
    sequence: 8,
    time: micros(7),
    snapshots: new Map([
      [
        'public.files',
        { done: true, lowerBound: null, floor: null, cap: micros(5), key: key(4, 'x'), legs: LEGS, rows: 9 },
      ],
    ]),
  };

  it('begins just before the slot when nothing was committed', () => {
    expect(computeStart(null, lsn(300n))).toMatchObject({ lsn: 299n, ordinal: 0, epoch: 1, sequence: 0 });
  });

  it('goes on at the committed one with the next epoch', () => {
    expect(computeStart(committed, lsn(501n))).toEqual({ ...committed, epoch: 4 });
  });

  it('takes the snapshots anew when the slot was made anew behind it', () => {
    const start = computeStart(committed, lsn(502n));
    expect(start).toMatchObject({ lsn: 501n, ordinal: 0, epoch: 4, sequence: 8, time: 7 });
    expect(start.snapshots.get('public.files')).toMatchObject({ done: false, key: null, legs: [], floor: 7 });
  });
});
