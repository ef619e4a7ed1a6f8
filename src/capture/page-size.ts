/** Size of the first page when pages have a limit in bytes; the next follow from how large its rows were. */
const FIRST_PAGE_ROWS = 200;

/** @returns rows to ask for at first. */
export function firstPageRows(rowsMax: number): number {
  return Math.min(FIRST_PAGE_ROWS, rowsMax);
}

/**
 * @param page of `rows` rows with `bytes` bytes, for which `wanted` rows were asked.
 * @returns rows to ask for next, so that a page of rows as large has at most `bytesMax` bytes; growing step by step,
 * because the first rows may be small ones.
 */
export function nextPageRows(
  page: { readonly wanted: number; readonly rows: number; readonly bytes: number },
  limits: { readonly rowsMax: number; readonly bytesMax: number },
): number {
  const fitting = Math.floor((limits.bytesMax * page.rows) / Math.max(page.bytes, 1));
  return Math.max(1, Math.min(limits.rowsMax, fitting, page.wanted * 8));
}
