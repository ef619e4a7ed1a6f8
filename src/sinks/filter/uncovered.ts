import { MANIFEST_SUFFIX } from '../read/manifests.ts';
import { MANIFESTS_MAX } from './filter-head.ts';
import type { FilterHead } from './filter-head.ts';

/** Manifests of one day and partition that no filter covers. */
export interface UncoveredGroup {
  readonly partition: number;
  readonly partitionCount: number;
  /** In the order of their names. */
  readonly manifests: readonly string[];
}

/**
 * So many manifests that came after the filter of their day are worth another one: to ask it takes two reads, and to
 * look at one of them takes three.
 */
const LATER_MANIFESTS_MIN = 16;

/**
 * Which manifests of a day want a filter: all of a partition that has none yet, later ones once they are many. Pure.
 *
 * @param names everything in the folder of the day, in the order of names.
 * @param heads of the filters in it that can be read.
 * @param partition only this one, of whatever number of partitions.
 */
export function findUncovered(options: {
  readonly day: string;
  readonly names: readonly string[];
  readonly heads: readonly Pick<FilterHead, 'manifests'>[];
  readonly partition?: number;
}): UncoveredGroup[] {
  const { day, names, heads, partition } = options;
  const covered = new Set(heads.flatMap(({ manifests }) => manifests.map(({ name }) => day + name)));
  const groups = new Map<string, { place: [number, number]; manifests: string[]; hasFilter: boolean }>();
  for (const name of names) {
    const place = name.endsWith(MANIFEST_SUFFIX) ? partitionIn(name) : undefined;
    if (place === undefined || (partition !== undefined && place[0] !== partition)) continue;
    const key = place.join(' of ');
    const group = groups.get(key) ?? { place, manifests: [], hasFilter: false };
    groups.set(key, group);
    if (covered.has(name)) group.hasFilter = true;
    else group.manifests.push(name);
  }
  return [...groups.values()]
    .filter(({ manifests, hasFilter }) => manifests.length >= (hasFilter ? LATER_MANIFESTS_MIN : 1))
    .flatMap(({ place: [number, partitionCount], manifests }) =>
      inPieces(manifests).map((piece) => ({ partition: number, partitionCount, manifests: piece })),
    );
}

function partitionIn(manifest: string): [number, number] | undefined {
  const m = /-p(\d+)of(\d+)[.-][^/]*$/.exec(manifest);
  return m === null ? undefined : [Number(m[1]), Number(m[2])];
}

function inPieces(manifests: readonly string[]): (readonly string[])[] {
  const pieces: (readonly string[])[] = [];
  for (let at = 0; at < manifests.length; at += MANIFESTS_MAX)
    pieces.push(manifests.slice(at, at + MANIFESTS_MAX));
  return pieces;
}
