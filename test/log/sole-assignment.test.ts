import { expect, it } from 'vitest';
import { computeSoleAssignment } from '../../src/log/sole-assignment.ts';
import type { Claimant } from '../../src/log/sticky-assignment.ts';

const PLACES = [0, 1, 2].map((partition) => ({ topic: 't', partition }));
const member = (memberId: string, owned: Claimant['owned'] = [], ownedSinceMs = 1): Claimant => ({
  ...{ memberId, owned, ownedSinceMs },
});
const owners = (claimants: readonly Claimant[]): string[] =>
  [...computeSoleAssignment(claimants, PLACES)].filter(([, places]) => places.length === 3).map(([id]) => id);

it('one member has all partitions, the same one when another joins, however the members are listed', () => {
  expect(owners([member('b'), member('a')])).toEqual(['a']);
  expect(owners([member('a', [], 9), member('b', PLACES)])).toEqual(['b']);
  expect(owners([member('b', PLACES), member('a', [], 9)])).toEqual(['b']);
  expect(computeSoleAssignment([member('a'), member('b', PLACES)], PLACES).get('a')).toEqual([]);
});

it('of two that claim them the later claim counts: the other was away', () => {
  expect(owners([member('a zombie', PLACES, 1), member('the owner', PLACES, 2)])).toEqual(['the owner']);
});
