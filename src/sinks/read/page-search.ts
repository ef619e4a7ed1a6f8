import type { Micros } from '../../model/micros.ts';
import type { PageTable } from '../format/directory.ts';
import { uidAt } from '../format/index-columns.ts';
import type { IndexColumns, IndexEntry } from '../format/index-columns.ts';
import { uidFromBytes } from '../format/uid-bytes.ts';

/** One entry as an object. */
export function entryAt(columns: IndexColumns, at: number): IndexEntry {
  return {
    uid: uidFromBytes(uidAt(columns, at)),
    createdAt: columns.createdAt[at]! as Micros,
    frame: columns.frame[at]!,
    frameOffset: columns.frameOffset[at]!,
    sizeBytes: columns.sizeBytes[at]!,
    sha256: columns.sha256?.subarray(32 * at, 32 * (at + 1)) ?? null,
  };
}

/** The last page whose first uid is below the wanted one, or the first page: equal uids may begin in it. */
export function lastPageBefore(pages: PageTable, wanted: Buffer): number {
  let low = 0;
  let high = pages.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (pages.at(middle).firstUid.compare(wanted) < 0) low = middle;
    else high = middle;
  }
  return low;
}

/** The first entry whose uid is not below the wanted one; the count when all are. */
export function firstNotBelow(columns: IndexColumns, wanted: Buffer): number {
  let low = 0;
  let high = columns.count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (uidAt(columns, middle).compare(wanted) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
