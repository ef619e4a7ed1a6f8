import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Place } from '../../src/log/assignment.ts';
import { computeStickyAssignment } from '../../src/log/sticky-assignment.ts';
import type { Claimant } from '../../src/log/sticky-assignment.ts';
import { SEED } from '../support/seed.ts';

const places = (count: number, topic = 't'): Place[] =>
  Array.from({ length: count }, (_, partition) => ({ topic, partition }));

const member = (memberId: string, owned: readonly Place[], ownedSinceMs = 1): Claimant => ({
  memberId,
  owned,
  ownedSinceMs,
});

function numbers(shares: ReadonlyMap<string, readonly Place[]>): Record<string, number[]> {
  return Object.fromEntries(
    [...shares].map(([id, own]) => [id, own.map(({ partition }) => partition).sort()]),
  );
}

describe('the partitions of a group', () => {
  it('stay where they are when a member joins, but for its share', () => {
    const shares = computeStickyAssignment([member('old', places(4)), member('new', [])], places(4));
    expect(numbers(shares)).toEqual({ old: [0, 1], new: [2, 3] });
  });

  it('stay where they are when there is nothing to share', () => {
    const shares = computeStickyAssignment([member('z', places(1)), member('a', [])], places(1));
    expect(numbers(shares)).toEqual({ z: [0], a: [] });
  });

  it('are those of the later claim, when one who was away does not know that it has lost them', () => {
    const [zombie, owner] = [member('a zombie', places(2), 1), member('the owner', places(2), 2)];
    const shares = computeStickyAssignment([zombie, owner], places(2));
    expect(numbers(shares)).toEqual({ 'the owner': [0], 'a zombie': [1] });
  });

  it('are all given, each once, evenly, whoever is asked and in whatever order', () => {
    const claims = fc.array(fc.tuple(fc.subarray(places(7)), fc.integer({ min: 0, max: 3 })), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(claims, fc.integer({ min: 0, max: 7 }), (given, count) => {
        const members = given.map(([owned, since], i) => member(`m${i}`, owned, since));
        const shares = computeStickyAssignment(members, places(count));
        const all = [...shares.values()].flat().map(({ partition }) => partition);
        expect(all.sort()).toEqual(places(count).map(({ partition }) => partition));
        const sizes = [...shares.values()].map(({ length }) => length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        const reversed = computeStickyAssignment([...members].reverse(), places(count).reverse());
        expect(numbers(reversed)).toEqual(numbers(shares));
      }),
      { seed: SEED },
    );
  });

  it('move no more than an even share needs', () => {
    const owned = (from: number, to: number) => places(9).slice(from, to);
    const members = [member('a', owned(0, 5)), member('b', owned(5, 9)), member('c', [])];
    const shares = numbers(computeStickyAssignment(members, places(9)));
    expect(shares).toEqual({ a: [0, 1, 2], b: [5, 6, 7], c: [3, 4, 8] });
  });
});
