import { readAhead } from '../base/read-ahead.ts';
import { LSN_ZERO } from '../model/lsn.ts';
import type { Micros } from '../model/micros.ts';
import { tableId } from '../model/table.ts';
import { localToUtc } from '../model/time-zone.ts';
import type { InspectedTable } from './captured-table.ts';
import { TYPE_OID } from './column-json.ts';
import { endSession } from './end-session.ts';
import { keysetPages } from './keyset-pages.ts';
import type { RowValues } from './keyset-page.ts';
import { postgresFailure } from './postgres-failure.ts';
import { connectPostgres } from './postgres-session.ts';
import { encodeTableRow, RowEncoder } from './row-encoder.ts';
import { whileAnswering } from './silence.ts';
import type { SilenceOptions } from './silence.ts';
import type { SnapshotRow } from './snapshot-pages.ts';
import { readArchivedTable } from './snapshot-query.ts';

/** A row with a place in time. */
export type DueRow = SnapshotRow & { readonly createdAt: Micros };

export interface DueRowsOptions extends SilenceOptions {
  /** Its columns and row filter count when there is one. */
  readonly publication: string;
  readonly table: InspectedTable;
  /** Exclusive; null from the first row on. */
  readonly start: Micros | null;
  /** Inclusive. */
  readonly end: Micros;
  /** A further condition, as SQL. */
  readonly condition?: string;
  readonly pageRows: number;
  /** Pages have fewer rows where these are large; null: each page but the last has `pageRows`. */
  readonly pageBytes: number | null;
}

/**
 * A page in the order of the index, whatever the statistics say: of a table that was just filled, or never analyzed,
 * the planner would gather and sort a whole window for each page. Where there is no such index they forbid nothing.
 */
const PLAN_BY_INDEX = 'SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off';

/**
 * The rows of the table as they are now with a created_at in `(start, end]`, page by page, encoded as capture would have
 * sent them, by (created_at, uid bytes) as the columns have it. No transaction stays open between two pages.
 *
 * @throws TidemarkError ERR_POSTGRES_UNREACHABLE, ERR_PREREQUISITE, ERR_TABLE_INVALID.
 */
export async function* readDueRows(options: DueRowsOptions): AsyncGenerator<readonly DueRow[]> {
  const { url, table, start, end, pageRows, pageBytes, condition } = options;
  const client = await connectPostgres({ url, purpose: 'read due rows', answerWithinMs: null });
  try {
    await client.query(PLAN_BY_INDEX);
    const published = await readArchivedTable(client, options.publication, table);
    const zone = published.createdAtType === TYPE_OID.timestamp ? table.createdAtZone : null;
    const encoder = new RowEncoder(table, published.columns);
    const toUtc = localToUtc(zone);
    const encode = (values: RowValues): DueRow => {
      const row = encodeTableRow(encoder, values);
      // The query asks for rows with a time that can be held.
      const createdAt = toUtc(encoder.key().createdAt!);
      return { ...row, createdAt, lsn: LSN_ZERO, committedAt: end };
    };
    const pages = keysetPages({
      ...{ client, table, published, lowerBound: start, upperBound: end },
      ...{ rowsMax: pageRows, ...(pageBytes === null ? {} : { bytesMax: pageBytes }) },
      ...(condition === undefined ? {} : { condition }),
      isUtc: zone === null || zone === 'UTC',
      ask: (query) => whileAnswering(client, options, query),
    });
    for await (const page of readAhead(pages))
      yield page.map(encode).filter(({ createdAt }) => createdAt > (start ?? -Infinity) && createdAt <= end);
  } catch (cause) {
    throw postgresFailure(`read ${tableId(table)}`, cause);
  } finally {
    await endSession(client);
  }
}
