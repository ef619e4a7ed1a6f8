import type { DueRow } from './capture/due-rows.ts';
import type { TableConfig } from './config/config.ts';
import { decodeTableRow } from './log/decode-record.ts';
import type { BatchRow } from './model/batch.ts';
import type { Micros } from './model/micros.ts';
import { NOWHERE } from './model/offset.ts';
import { partitionOf } from './model/partition.ts';
import type { Reject, RowEntry } from './model/row.ts';
import { placeEntry } from './streams/assign-to-window.ts';

/**
 * Makes of a table's row what the archive would have read from the log: out of the same text, so that every column is
 * read in the same way, and into the partition that its key would have had there.
 *
 * @param options `clock`: when the rows were there at the latest, by the server's clock.
 */
export function readBatchRow(options: {
  readonly table: TableConfig;
  readonly partitionCount: number;
  readonly clock: Micros;
}): (row: DueRow) => BatchRow {
  const { table, partitionCount, clock } = options;
  const decode = decodeTableRow({ columns: table.ref.columns, createdAtZone: table.createdAtTimeZone });
  const { sizeMicros, aheadMaxMicros } = table.window;
  return (row) => {
    const read = decode(row, clock);
    const audited = { entry: read, before: null, after: null, surplusRows: 0 };
    const placed = placeEntry(audited, { sizeMicros, aheadMaxMicros, position: NOWHERE });
    if (placed.kind === 'mark') throw new Error('a row was read as a mark');
    const entry: RowEntry | Reject =
      placed.kind === 'row'
        ? placed.row
        : { ...placed.reject, createdAt: placed.reject.createdAt ?? row.createdAt, offset: null };
    // Of one partition the key need not be asked.
    const partition = partitionCount === 1 ? 0 : partitionOf(Buffer.from(row.keyJson), partitionCount);
    return { createdAt: row.createdAt, partition, entry };
  };
}
