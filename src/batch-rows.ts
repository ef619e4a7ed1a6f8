import type { DueRow } from './capture/due-rows.ts';
import type { TableConfig } from './config/config.ts';
import { decodeTableRow } from './log/decode-record.ts';
import type { BatchRow } from './model/batch.ts';
import { NOWHERE } from './model/offset.ts';
import { partitionOf } from './model/partition.ts';
import type { Reject, RowEntry } from './model/row.ts';
import { placeEntry } from './streams/assign-to-window.ts';

/**
 * Makes of a table's row what the archive would have read from the log: out of the same text, so that every column is
 * read in the same way, and into the partition that its key would have had there.
 */
export function readBatchRow(table: TableConfig, partitionCount: number): (row: DueRow) => BatchRow {
  const decode = decodeTableRow({ columns: table.ref.columns, createdAtZone: table.createdAtTimeZone });
  const { sizeMicros, aheadMaxMicros } = table.window;
  return (row) => {
    const key = Buffer.from(row.keyJson);
    const read = decode(row.afterJson, row.committedAt);
    const audited = { entry: read, before: null, after: null, surplusRows: 0 };
    const placed = placeEntry(audited, { sizeMicros, aheadMaxMicros, position: NOWHERE });
    if (placed.kind === 'mark') throw new Error('a row was read as a mark');
    const entry: RowEntry | Reject =
      placed.kind === 'row'
        ? placed.row
        : { ...placed.reject, createdAt: placed.reject.createdAt ?? row.createdAt, offset: null };
    return { createdAt: row.createdAt, partition: partitionOf(key, partitionCount), entry };
  };
}
