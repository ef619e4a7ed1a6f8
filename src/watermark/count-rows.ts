import type { ClientBase } from 'pg';
import { messageOf, TidemarkError } from '../base/errors.ts';
import { formatMicros } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';
import { tableId } from '../model/table.ts';
import type { TableRef } from '../model/table.ts';

/**
 * Rows of the table with created_at in (start, end], counted up to a limit.
 *
 * @param options.timeZone how a `timestamp` without a zone is read.
 * @throws TidemarkError ERR_TABLE_INVALID when the table or its column cannot be read.
 */
export async function countRows(options: {
  readonly client: ClientBase;
  readonly table: TableRef;
  readonly timeZone: string;
  readonly start: Micros;
  readonly end: Micros;
  readonly rowsMax: number;
}): Promise<number> {
  const { client, table, timeZone, start, end, rowsMax } = options;
  const from = `${client.escapeIdentifier(table.schema)}.${client.escapeIdentifier(table.name)}`;
  const column = client.escapeIdentifier(table.columns.createdAt);
  try {
    const { rows: typed } = await client.query<{ type: string }>(
      `SELECT atttypid::regtype::text AS type FROM pg_attribute WHERE attrelid = $1::regclass AND attname = $2`,
      [from, table.columns.createdAt],
    );
    // The bounds are brought to the column's type, so that an index on it serves.
    const bound = (place: string): string =>
      typed[0]?.type === 'timestamp without time zone'
        ? `(${place}::timestamptz AT TIME ZONE ${client.escapeLiteral(timeZone)})`
        : `${place}::timestamptz`;
    const { rows } = await client.query<{ count: string }>(
      `SELECT count(*)::text AS count FROM
         (SELECT 1 FROM ${from} WHERE ${column} > ${bound('$1')} AND ${column} <= ${bound('$2')} LIMIT ${rowsMax}) AS counted`,
      [formatMicros(start), formatMicros(end)],
    );
    return Number(rows[0]!.count);
  } catch (cause) {
    const reason = messageOf(cause);
    throw new TidemarkError('ERR_TABLE_INVALID', { detail: `${tableId(table)}: ${reason}`, cause });
  }
}
