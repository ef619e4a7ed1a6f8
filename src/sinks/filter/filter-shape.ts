import type { FilterShape } from './filter-bits.ts';
import { rowBytes } from './filter-bits.ts';

/** More would make every uid's share of the filter larger, and fewer shards a section than one there cannot be. */
const SECTIONS_MAX = 8;
/** A filter is filled in memory and stored in one call. */
const FILTER_BYTES_MAX = 32 * 1024 * 1024;
const BLOCK_BITS = 256;
/** All sections have the length of the largest: so many times the room of the uids they may take at most. */
const WASTE_MAX = 1.5;
/** With so many bits a uid a filter of one section is wrong about 0.8 % of the uids that it does not hold. */
const BITS_PER_UID = 11;
/** So many more halve that, so that twice as many sections are wrong no oftener. */
const BITS_PER_DOUBLING = 2;

export interface FilterPlan extends FilterShape {
  /** Of each section the number of the shard behind its last one, counted over all shards that the filter covers. */
  readonly sectionEnds: readonly number[];
}

/**
 * Cuts shards into sections of about equal numbers of uids, as many as pay, and says how large the filter is. Pure: the
 * same shards give the same filter.
 *
 * @param uids of each shard.
 */
export function planFilter(uids: readonly number[]): FilterPlan {
  const total = sum(uids);
  for (let wanted = Math.min(SECTIONS_MAX, uids.length); wanted > 1; wanted = Math.floor(wanted / 2)) {
    const sectionEnds = cutEvenly(uids, wanted);
    const largest = largestSection(uids, sectionEnds);
    // Beside a very large shard the others would be mostly empty.
    if (largest * sectionEnds.length <= WASTE_MAX * total) return shapeOf(sectionEnds, largest);
  }
  return shapeOf([uids.length], total);
}

function shapeOf(sectionEnds: readonly number[], largest: number): FilterPlan {
  const sections = sectionEnds.length;
  const bits = BITS_PER_UID + BITS_PER_DOUBLING * Math.log2(sections);
  const wanted = Math.ceil((largest * bits) / BLOCK_BITS);
  const most = Math.floor(FILTER_BYTES_MAX / rowBytes({ sections }));
  return { sectionEnds, sections, rows: Math.max(1, Math.min(wanted, most)) };
}

/** A section ends with the shard whose middle is nearest to its share; each has one shard at least. */
function cutEvenly(uids: readonly number[], sections: number): number[] {
  const share = sum(uids) / sections;
  const ends: number[] = [];
  let before = 0;
  uids.forEach((count, shard) => {
    const section = ends.length;
    const [left, shardsLeft] = [sections - section, uids.length - shard];
    const isOver = before + count / 2 > share * (section + 1);
    const isBegun = shard > (ends.at(-1) ?? 0);
    if (left > 1 && isBegun && (isOver || shardsLeft < left)) ends.push(shard);
    before += count;
  });
  return [...ends, uids.length];
}

function largestSection(uids: readonly number[], ends: readonly number[]): number {
  return Math.max(...ends.map((end, i) => sum(uids.slice(ends[i - 1] ?? 0, end))));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
