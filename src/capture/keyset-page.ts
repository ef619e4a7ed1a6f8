import type pg from 'pg';

/** A row's values as text, in the order of the columns. */
export type RowValues = readonly (string | null)[];

/** Rows without a uid come last among those of their time, and none of them can be told from another. */
export const LAST_UID = '\u{10ffff}';

/** @param query ordered, and begun behind the last key of the page before. @returns its first rows. */
export async function readPage(
  client: pg.Client,
  query: string,
  rowsMax: number,
): Promise<readonly RowValues[]> {
  const text = `${query} LIMIT ${rowsMax}`;
  return (await client.query<(string | null)[]>({ text, rowMode: 'array' })).rows;
}
