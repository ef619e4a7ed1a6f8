import type pg from 'pg';
import type { RowKey } from '../model/capture-position.ts';
import type { Lsn } from '../model/lsn.ts';
import type { Micros } from '../model/micros.ts';
import type { CapturedRow } from '../model/row.ts';
import type { RowValues } from './keyset-page.ts';
import { firstPageRows, nextPageRows } from './page-size.ts';
import { postgresFailure } from './postgres-failure.ts';
import { encodeTableRow, RowEncoder } from './row-encoder.ts';
import { placedRowsQuery, unplacedRowsQuery } from './snapshot-query.ts';
import type { SnapshotQueryOptions } from './snapshot-query.ts';
import { whileAnswering } from './silence.ts';
import type { SilenceOptions } from './silence.ts';

/** Rows of the snapshot in the order of their keys. */
export interface SnapshotPage {
  readonly rows: readonly SnapshotRow[];
  /** Key of the last row. */
  readonly key: RowKey;
}

/** A row with its created_at in UTC; null when it has no place in time. */
export interface SnapshotRow extends CapturedRow {
  readonly createdAt: Micros | null;
}

export interface SnapshotPagesOptions extends SnapshotQueryOptions, SilenceOptions {
  /** Stands in the leg's transaction. */
  readonly client: pg.Client;
  readonly lsn: Lsn;
  /** No row claims to be committed later than this: the gate would wait for a created_at in the future. */
  readonly cap: Micros;
  readonly toUtc: (local: Micros) => Micros;
  readonly rowsMax: number;
  readonly bytesMax: number;
}

/**
 * Reads a leg page by page: first the rows with a place in time, then those without one.
 *
 * @throws TidemarkError ERR_POSTGRES_UNREACHABLE, ERR_TABLE_INVALID.
 */
export async function* snapshotPages(options: SnapshotPagesOptions): AsyncGenerator<SnapshotPage> {
  try {
    if (options.from === null || options.from.createdAt !== null) {
      yield* cursorPages(options, placedRowsQuery(options));
    }
    yield* cursorPages(options, unplacedRowsQuery(options));
  } catch (cause) {
    throw postgresFailure(`read ${options.table.schema}.${options.table.name}`, cause);
  }
}

async function* cursorPages(options: SnapshotPagesOptions, query: string): AsyncGenerator<SnapshotPage> {
  const { client, rowsMax, bytesMax } = options;
  const encoder = new RowEncoder(options.table, options.published.columns, options.published.types);
  await client.query(`DECLARE page NO SCROLL CURSOR FOR ${query}`);
  for (let wanted = firstPageRows(rowsMax); ;) {
    const text = `FETCH FORWARD ${wanted} FROM page`;
    const found = await whileAnswering(client, options, () =>
      client.query<(string | null)[]>({ text, rowMode: 'array' }),
    );
    if (found.rows.length === 0) break;
    const page = encodePage(options, encoder, found.rows);
    const bytes = page.rows.reduce((sum, row) => sum + row.afterJson.length, 0);
    yield withoutArchived(options, page);
    wanted = nextPageRows({ wanted, rows: page.rows.length, bytes }, { rowsMax, bytesMax });
  }
  await client.query('CLOSE page');
}

function encodePage(
  { lsn, cap, toUtc }: SnapshotPagesOptions,
  encoder: RowEncoder,
  found: readonly RowValues[],
): SnapshotPage {
  let key: RowKey = { createdAt: null, uid: '' };
  const rows = found.map((values): SnapshotRow => {
    const row = encodeTableRow(encoder, values);
    key = encoder.key();
    const createdAt = key.createdAt === null ? null : toUtc(key.createdAt);
    const committedAt = createdAt !== null && createdAt < cap ? createdAt : cap;
    return { ...row, createdAt, lsn, committedAt };
  });
  return { rows, key };
}

/** In a zone other than UTC the query reaches below the bound, because an hour of wall time may come twice. */
function withoutArchived({ lowerBound, isUtc }: SnapshotPagesOptions, page: SnapshotPage): SnapshotPage {
  if (isUtc || lowerBound === null) return page;
  const rows = page.rows.filter(({ createdAt }) => createdAt === null || createdAt > lowerBound);
  return { ...page, rows };
}
