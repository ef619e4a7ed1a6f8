import { readAhead } from '../base/read-ahead.ts';
import type { Micros } from '../model/micros.ts';
import type { ReadColumns } from '../model/row.ts';
import { tableId } from '../model/table.ts';
import { localToUtc } from '../model/time-zone.ts';
import type { InspectedTable } from './captured-table.ts';
import { TYPE_OID } from './column-json.ts';
import { endSession } from './end-session.ts';
import { keysetPages } from './keyset-pages.ts';
import type { RowValues } from './keyset-page.ts';
import { postgresFailure } from './postgres-failure.ts';
import { connectPostgres } from './postgres-session.ts';
import { RowEncoder } from './row-encoder.ts';
import { whileAnswering } from './silence.ts';
import type { SilenceOptions } from './silence.ts';
import { readArchivedTable } from './snapshot-query.ts';
import type { PublishedTable } from './snapshot-query.ts';
import { usualColumns } from './usual-columns.ts';
import type { UsualColumnsOptions } from './usual-columns.ts';

/** A row with a place in time, encoded as capture would have sent it. */
export interface DueRow {
  readonly createdAt: Micros;
  readonly keyJson: string;
  readonly afterJson: string;
  /** What the archive reads of it; null where that has to be read in its JSON. */
  readonly columns: ReadColumns | null;
}

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
 * A page encodes its rows when it is gone through, once: objects that die young cost little.
 *
 * @throws TidemarkError ERR_POSTGRES_UNREACHABLE, ERR_PREREQUISITE, ERR_TABLE_INVALID.
 */
export async function* readDueRows(options: DueRowsOptions): AsyncGenerator<Iterable<DueRow>> {
  const { url, table, start, end, pageRows, pageBytes, condition } = options;
  const client = await connectPostgres({ url, purpose: 'read due rows', answerWithinMs: null });
  try {
    await client.query(PLAN_BY_INDEX);
    const published = await readArchivedTable(client, options.publication, table);
    const zone = published.createdAtType === TYPE_OID.timestamp ? table.createdAtZone : null;
    const pages = keysetPages({
      ...{ client, table, published, lowerBound: start, upperBound: end },
      ...{ rowsMax: pageRows, ...(pageBytes === null ? {} : { bytesMax: pageBytes }) },
      ...(condition === undefined ? {} : { condition }),
      isUtc: zone === null || zone === 'UTC',
      ask: (query) => whileAnswering(client, options, query),
    });
    const encode = dueRowEncoder({ table, ...published, toUtc: localToUtc(zone) });
    for await (const page of readAhead(pages)) yield encodeWithin({ start, end }, page, encode);
  } catch (cause) {
    throw postgresFailure(`read ${tableId(table)}`, cause);
  } finally {
    await endSession(client);
  }
}

function dueRowEncoder(
  options: UsualColumnsOptions & Pick<PublishedTable, 'types'>,
): (values: RowValues) => DueRow {
  const { table, columns, types, toUtc } = options;
  const encoder = new RowEncoder(table, columns, types);
  const readUsual = usualColumns(options);
  return (values) => {
    encoder.take(values);
    const read = readUsual(values);
    return {
      // The query asks for rows with a time that can be held.
      createdAt: read?.createdAt ?? toUtc(encoder.key().createdAt!),
      keyJson: encoder.keyJson(),
      afterJson: encoder.afterJson(),
      columns: read,
    };
  };
}

/** In a zone other than UTC the query reaches beyond both ends, because an hour of wall time may come twice. */
function* encodeWithin(
  { start, end }: Pick<DueRowsOptions, 'start' | 'end'>,
  page: readonly RowValues[],
  encode: (values: RowValues) => DueRow,
): Generator<DueRow> {
  for (const values of page) {
    const row = encode(values);
    if (row.createdAt <= end && (start === null || row.createdAt > start)) yield row;
  }
}
