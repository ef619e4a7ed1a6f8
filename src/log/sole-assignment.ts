import type { Place } from './assignment.ts';
import type { Claimant } from './sticky-assignment.ts';

/**
 * Gives everything to one member, and the others stand by: to the one that has it. Two may claim it, because one was
 * away and does not know that it has lost it: the later claim counts. Every member comes to the same result, whatever
 * the order of its input.
 *
 * @returns by member id; a member with nothing is there too.
 */
export function computeSoleAssignment(
  claimants: readonly Claimant[],
  partitions: readonly Place[],
): Map<string, Place[]> {
  const [owner] = [...claimants].sort(
    (a, b) =>
      Number(b.owned.length > 0) - Number(a.owned.length > 0) ||
      b.ownedSinceMs - a.ownedSinceMs ||
      (a.memberId < b.memberId ? -1 : a.memberId > b.memberId ? 1 : 0),
  );
  return new Map(claimants.map((claimant) => [claimant.memberId, claimant === owner ? [...partitions] : []]));
}
