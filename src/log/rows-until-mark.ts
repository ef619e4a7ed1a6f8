import type { Offset } from '../model/offset.ts';
import type { MarkEntry } from '../model/row.ts';
import { markOf } from './mark-tail.ts';
import { retryClock } from './retry-header.ts';
import type { TopicScanner } from './topic-scanner.ts';

/** What stands at a place of a partition: the rows from there to the first mark that is wanted, and that mark. */
export interface RowsUntilMark {
  /** Null when none follows. */
  readonly mark: MarkEntry | null;
  /** Rows that marks count. */
  readonly rows: number;
}

/** Where marks are looked for: from a place of each partition on. */
export interface MarkSearch {
  readonly scanner: TopicScanner;
  readonly from: ReadonlyMap<number, Offset>;
  readonly until: ReadonlyMap<number, Offset>;
  /** Default: the first one. */
  readonly isWanted?: (mark: MarkEntry) => boolean;
}

/** One entry for each of `from`. */
export async function scanToMarks(search: MarkSearch): Promise<ReadonlyMap<number, RowsUntilMark>> {
  const { scanner, from, until, isWanted = () => true } = search;
  const found = new Map<number, { mark: MarkEntry | null; rows: number }>();
  for (const partition of from.keys()) found.set(partition, { mark: null, rows: 0 });
  await scanner.scan({
    from,
    until,
    visit: (message, partition) => {
      const place = found.get(partition)!;
      const mark = markOf(message);
      if (mark !== undefined && isWanted(mark)) {
        place.mark = mark;
        return false;
      }
      // A row that was sent again was counted when it came first; without a key it is a stranger's.
      const isCounted = message.key !== null && message.key.length > 0;
      if (isCounted && retryClock(message.headers) === undefined) place.rows += 1;
      return true;
    },
  });
  return found;
}

/**
 * Rows that were ever sent before a place: the mark behind it knows how many came before itself.
 *
 * @param sent rows of the partition altogether, for a place with no mark behind it.
 */
export function sentBefore({ mark, rows }: RowsUntilMark, sent: number): number {
  return (mark === null ? sent : mark.mark.rowsTotal) - rows;
}
