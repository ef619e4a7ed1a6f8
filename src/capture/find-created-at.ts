import { parseMicros } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';
import { tableId } from '../model/table.ts';
import { localToUtc } from '../model/time-zone.ts';
import { listUidColumns, splitUid } from '../model/uid.ts';
import type { InspectedTable } from './captured-table.ts';
import { sqlStateOf } from './postgres-failure.ts';
import { quoteIdentifier, withSession } from './postgres-session.ts';
import { uidExpression } from './table-uid.ts';

/** More than anybody would choose from. */
const TIMES_MAX = 100;

/**
 * Asks the table when the rows with a uid were created; one that was removed from it is not there any more.
 *
 * @returns in UTC, the earliest first, a hundred at most.
 * @throws TidemarkError ERR_POSTGRES_UNREACHABLE, ERR_PREREQUISITE, ERR_TABLE_INVALID.
 */
export async function findCreatedAt(options: {
  readonly url: string;
  readonly table: InspectedTable;
  readonly uid: string;
}): Promise<Micros[]> {
  const { url, table, uid } = options;
  const columns = listUidColumns(table.columns.uid);
  const parts = splitUid(uid, columns.length);
  if (parts === undefined) return [];
  const createdAt = quoteIdentifier(table.columns.createdAt);
  // In the type of each column, so that its index serves; and as text, because `007` and `7` are one number and two uids.
  const conditions = columns.map((name, i) => `${quoteIdentifier(name)} = $${i + 1}`);
  conditions.push(`${uidExpression(table)} = $${columns.length + 1}`);
  const query = `SELECT ${createdAt}::text AS created_at
    FROM ${quoteIdentifier(table.schema)}.${quoteIdentifier(table.name)}
    WHERE ${conditions.join(' AND ')} ORDER BY ${createdAt} LIMIT ${TIMES_MAX}`;
  return await withSession({ url, purpose: `ask ${tableId(table)}` }, async (client) => {
    try {
      const { rows } = await client.query<{ created_at: string | null }>(query, [...parts, uid]);
      return timesOf(rows, localToUtc(table.createdAtZone));
    } catch (error) {
      // Class 22: the text is no value of the column's type, so no row has it.
      if (sqlStateOf(error)?.startsWith('22') === true) return [];
      throw error;
    }
  });
}

function timesOf(
  rows: readonly { readonly created_at: string | null }[],
  toUtc: (local: Micros) => Micros,
): Micros[] {
  return rows.flatMap(({ created_at: text }) => {
    const time = text === null ? undefined : parseMicros(text);
    if (time === undefined) return [];
    // The session speaks UTC: a time with a zone ends so, one without has none.
    return [text!.endsWith('+00') ? time : toUtc(time)];
  });
}
