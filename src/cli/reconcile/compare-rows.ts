import type { TableRow } from '../../capture/table-pager.ts';
import { compareRowPlaces } from '../../sinks/read/archived-row.ts';
import type { ArchivedRow } from '../../sinks/read/archived-row.ts';
import { PageReader } from './page-reader.ts';

/** One key, on one side or on both. */
export interface RowPair {
  /** Null when the table has no such row. */
  readonly row: TableRow | null;
  /** Everything that shards and manifests hold of it, rejects among them. */
  readonly archived: readonly ArchivedRow[];
}

/**
 * Merges the table's rows with the archive's, both in the order of their keys. Rows with equal keys in the table are
 * one row, as everywhere in Tidemark.
 *
 * @param sides read to their ends; the archive's first page is read before the table's.
 */
export async function* pairRows(sides: {
  readonly archived: AsyncIterable<readonly ArchivedRow[]>;
  readonly table: AsyncIterable<readonly TableRow[]>;
}): AsyncGenerator<readonly RowPair[]> {
  const archive = await PageReader.open(sides.archived);
  const table = await PageReader.open(sides.table);
  let pairs: RowPair[] = [];
  while (archive.current !== undefined || table.current !== undefined) {
    const key = leastOf(table.current, archive.current);
    const archived: ArchivedRow[] = [];
    while (archive.current !== undefined && compareRowPlaces(archive.current, key) === 0) {
      archived.push(archive.current);
      const reading = archive.advance();
      if (reading !== undefined) await reading;
    }
    let row: TableRow | null = null;
    while (table.current !== undefined && compareRowPlaces(table.current, key) === 0) {
      row = table.current;
      const reading = table.advance();
      if (reading !== undefined) await reading;
    }
    pairs.push({ row, archived });
    if (pairs.length === PAIRS_A_PAGE) {
      yield pairs;
      pairs = [];
    }
  }
  if (pairs.length > 0) yield pairs;
}

/** Few enough to report progress often, many enough that it costs nothing. */
const PAIRS_A_PAGE = 1_000;

function leastOf(
  row: TableRow | undefined,
  archived: ArchivedRow | undefined,
): Pick<ArchivedRow, 'createdAt' | 'uidBytes'> {
  if (archived === undefined) return row!;
  return row === undefined || compareRowPlaces(archived, row) <= 0 ? archived : row;
}
