import type { UpdateCost } from './advice.ts';
import type { AdviseFacts } from './facts.ts';

/** Header of a WAL record with its block reference, and of a tuple in it. */
const RECORD_BYTES = 70;

/** What setting the column costs, measured where there is a sample, else estimated from sizes. Pure. */
export function computeCost(facts: AdviseFacts): UpdateCost {
  const { sample, rows, growth } = facts;
  const walBytesPerRow =
    sample === null ? estimateWalBytesPerRow(facts) : round(sample.walBytes / sample.rows);
  const msPerRow = sample === null ? null : sample.durationMs / sample.rows;
  const perDay = (each: number | null): number | null =>
    each === null || growth === null ? null : round(each * growth.rowsPerDay);
  return {
    source: sample === null ? 'estimate' : 'sample',
    walBytesPerRow,
    msPerRow: msPerRow === null ? null : round(msPerRow),
    walBytesPerDay: perDay(walBytesPerRow),
    secondsPerDay: perDay(msPerRow === null ? null : msPerRow / 1_000),
    walBytesOfAll: walBytesPerRow === null || rows === null ? null : round(walBytesPerRow * rows),
  };
}

/** A new version of the row, and where it cannot be HOT an entry in each index. */
function estimateWalBytesPerRow({ rows, size, column }: AdviseFacts): number | null {
  if (rows === null || rows === 0) return null;
  const version = size.tableBytes / rows + RECORD_BYTES;
  // Without the column there is no index on it either, and sync-archived needs one.
  const isHot = column !== null && column.indexes.length === 0 && size.fillfactor < 100;
  const entries = isHot ? 0 : size.indexBytes / rows + size.indexes * RECORD_BYTES;
  return round(version + entries);
}

/** Three digits behind the point are more than the figures are worth. */
function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
