import type { TableRow } from '../../capture/table-pager.ts';
import type { ColumnNames } from '../../model/table.ts';
import type { ArchivedRow } from '../../sinks/read/archived-row.ts';

/**
 * What of a row is no longer as it was archived. Rows of a table without files (`payload: row`) have nothing beside
 * their key that the archive reads.
 *
 * @returns null when nothing differs; names of columns, never values.
 */
export function findDifference(
  row: TableRow,
  archived: ArchivedRow,
  columns: ColumnNames,
): { readonly what: string } | null {
  if (archived.line === null) return null;
  const then = JSON.parse(archived.line.toString('utf8')) as Record<string, unknown>;
  const found: string[] = [];
  if (columns.fileLocation !== null && row.fileLocation !== (then[columns.fileLocation] ?? null))
    found.push(`${columns.fileLocation} is another than in the shard`);
  if (columns.sizeBytes !== null && row.sizeBytes !== sizeIn(then[columns.sizeBytes]))
    found.push(`${columns.sizeBytes} is another than in the shard`);
  else if (row.sizeBytes !== null && row.sizeBytes !== archived.sizeBytes)
    found.push(`the file in the shard has ${archived.sizeBytes} bytes, not as many as the row says`);
  return found.length === 0 ? null : { what: found.join('; ') };
}

/** int8 may stand in JSON as text. */
function sizeIn(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}
