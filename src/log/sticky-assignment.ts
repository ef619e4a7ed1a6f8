import { placeKey } from './assignment.ts';
import type { Place } from './assignment.ts';

export interface Claimant {
  readonly memberId: string;
  /** What it had when it asked to join, and when it was given that, in milliseconds since 1970. */
  readonly owned: readonly Place[];
  readonly ownedSinceMs: number;
}

/**
 * Shares partitions evenly, and moves as few of them as that allows: a partition that moves has its open windows
 * gathered, and its seal under way begun, anew.
 *
 * Two members may claim one partition, because one of them was away and does not know that it has lost it: the later
 * claim counts. Every member comes to the same result, whatever the order of its input.
 *
 * @returns by member id; a member with nothing is there too.
 */
export function computeStickyAssignment(
  claimants: readonly Claimant[],
  partitions: readonly Place[],
): Map<string, Place[]> {
  const unowned = new Map(partitions.map((place) => [placeKey(place), place]));
  const kept = new Map(claimants.map(({ memberId }) => [memberId, [] as Place[]]));
  const latestFirst = [...claimants].sort(
    (a, b) => b.ownedSinceMs - a.ownedSinceMs || compareText(a.memberId, b.memberId),
  );
  for (const { memberId, owned } of latestFirst) {
    for (const place of [...owned].sort(comparePlaces)) {
      if (unowned.delete(placeKey(place))) kept.get(memberId)!.push(place);
    }
  }
  // Who has most may keep one more than the others, where the partitions do not divide.
  const order = [...kept].sort(([a, had], [b, has]) => has.length - had.length || compareText(a, b));
  const least = Math.floor(partitions.length / Math.max(1, order.length));
  const more = partitions.length - least * order.length;
  const quotas = new Map(order.map(([memberId], i) => [memberId, least + (i < more ? 1 : 0)]));
  const free = [...unowned.values()];
  for (const [memberId, places] of order) free.push(...places.splice(quotas.get(memberId)!));
  free.sort(comparePlaces);
  for (const [memberId, places] of order)
    places.push(...free.splice(0, quotas.get(memberId)! - places.length));
  return kept;
}

function comparePlaces(a: Place, b: Place): number {
  return compareText(a.topic, b.topic) || a.partition - b.partition;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
