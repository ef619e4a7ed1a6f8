import type { ClientBase } from 'pg';
import { messageOf, TidemarkError } from '../base/errors.ts';
import { parseMicros } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';
import { tableId } from '../model/table.ts';
import type { TableRef } from '../model/table.ts';
import { localToUtc } from '../model/time-zone.ts';

/**
 * The least created_at of a table: one index lookup where created_at has an index.
 *
 * @param options.timeZone how a `timestamp` without a zone is read.
 * @returns null when no row has a time that can be archived (see {@link Micros}).
 * @throws TidemarkError ERR_TABLE_INVALID when the table or its column cannot be read.
 */
export async function readOldestCreatedAt(options: {
  client: ClientBase;
  table: TableRef;
  timeZone: string;
}): Promise<Micros | null> {
  const { client, table, timeZone } = options;
  const column = client.escapeIdentifier(table.columns.createdAt);
  const from = `${client.escapeIdentifier(table.schema)}.${client.escapeIdentifier(table.name)}`;
  const { at, type } = await readMinimum(
    options,
    `SELECT min(${column})::text AS at, pg_typeof(min(${column}))::text AS type
       FROM ${from} WHERE ${column} >= '1684-06-01' AND ${column} < '2255-01-01'`,
  );
  const value = at === null ? undefined : parseMicros(at);
  if (value === undefined) return null;
  return type === 'timestamp without time zone' ? localToUtc(timeZone)(value) : value;
}

async function readMinimum(
  { client, table }: { client: ClientBase; table: TableRef },
  sql: string,
): Promise<{ at: string | null; type: string }> {
  try {
    const { rows } = await client.query<{ at: string | null; type: string }>(sql);
    return rows[0]!;
  } catch (cause) {
    const reason = messageOf(cause);
    throw new TidemarkError('ERR_TABLE_INVALID', { detail: `${tableId(table)}: ${reason}`, cause });
  }
}
