import { LSN_ZERO } from '../model/lsn.ts';
import { MICROS_PER_DAY } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';
import { localToUtc } from '../model/time-zone.ts';
import type { InspectedTable } from './captured-table.ts';
import { connectPostgres } from './postgres-session.ts';
import { postgresFailure } from './postgres-failure.ts';
import { endSession } from './end-session.ts';
import type { SilenceOptions } from './silence.ts';
import { snapshotPages } from './snapshot-pages.ts';
import type { SnapshotRow } from './snapshot-pages.ts';
import { readArchivedTable } from './snapshot-query.ts';

export interface TableRowsOptions extends SilenceOptions {
  readonly publication: string;
  readonly table: InspectedTable;
  /** Exclusive. */
  readonly start: Micros;
  /** Inclusive. */
  readonly end: Micros;
}

const PAGE_ROWS_MAX = 10_000;
const PAGE_BYTES_MAX = 16 * 1024 * 1024;

/**
 * The rows of the table as they are now with created_at in (start, end], encoded as capture would have sent them, in
 * the order of (created_at, uid). Only what the publication publishes.
 *
 * @throws TidemarkError ERR_POSTGRES_UNREACHABLE, ERR_PREREQUISITE, ERR_TABLE_INVALID.
 */
export async function* readTableRows(options: TableRowsOptions): AsyncGenerator<SnapshotRow> {
  const { url, silenceMaxMs, publication, table, start, end } = options;
  const isUtc = table.createdAtZone === null || table.createdAtZone === 'UTC';
  const client = await connectPostgres({ url, purpose: 'read table', answerWithinMs: null });
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const pages = snapshotPages({
      ...{ client, url, silenceMaxMs },
      lsn: LSN_ZERO,
      table,
      published: await readArchivedTable(client, publication, table),
      lowerBound: start,
      isUtc,
      from: null,
      cap: end,
      toUtc: localToUtc(table.createdAtZone),
      rowsMax: PAGE_ROWS_MAX,
      bytesMax: PAGE_BYTES_MAX,
    });
    // Pages come in the order of created_at as the column has it; in another zone an hour may come twice.
    const readUntil = end + (isUtc ? 0 : MICROS_PER_DAY);
    for await (const { rows, key } of pages) {
      for (const row of rows) {
        if (row.createdAt !== null && row.createdAt > start && row.createdAt <= end) yield row;
      }
      if (key.createdAt === null || key.createdAt > readUntil) return;
    }
  } catch (cause) {
    throw postgresFailure(`read ${table.schema}.${table.name}`, cause);
  } finally {
    await endSession(client);
  }
}
