import type pg from 'pg';
import { namesNoFile, tableId } from '../model/table.ts';
import type { TableRef } from '../model/table.ts';
import type { TypeNames } from './column-type.ts';
import { quoteIdentifier } from './postgres-session.ts';

/** What the catalog says of a table's types, beside what the stream says itself. */
export interface TypeFacts {
  readonly names: TypeNames;
  /** Columns that refuse NULL. */
  readonly notNull: ReadonlySet<string>;
}

/**
 * Postgres's own types (the stream never names those) and the table's. A domain is the type below it: that holds its
 * values too, and is what the stream says of one. `format_type` would leave the schema out, or not, as the session's
 * search_path has it.
 */
const NAMES = `
  WITH RECURSIVE chain (oid, base, typmod) AS (
    SELECT t.oid, t.oid, -1 FROM pg_type t
     WHERE t.oid < 10000
        OR t.oid IN (SELECT atttypid FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0)
    UNION ALL
    SELECT c.oid, t.typbasetype, t.typtypmod FROM chain c JOIN pg_type t ON t.oid = c.base WHERE t.typtype = 'd'
  )
  SELECT c.oid::int8 AS oid,
         CASE WHEN n.nspname = 'pg_catalog' THEN format_type(c.base, c.typmod)
              WHEN e.oid IS NOT NULL THEN format('%I.%I[]', n.nspname, e.typname)
              ELSE format('%I.%I', n.nspname, t.typname) END AS name
    FROM chain c
    JOIN pg_type t ON t.oid = c.base
    JOIN pg_namespace n ON n.oid = t.typnamespace
    LEFT JOIN pg_type e ON e.typarray = t.oid
   WHERE t.typtype <> 'd'`;

const NOT_NULL = `
  SELECT attname AS name FROM pg_attribute
   WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped AND attnotnull`;

/** @returns null for a table whose rows do not say their types. */
export async function readTypeFacts(client: pg.Client, table: TableRef): Promise<TypeFacts | null> {
  if (!namesNoFile(table)) return null;
  const quoted = [`${quoteIdentifier(table.schema)}.${quoteIdentifier(table.name)}`];
  const names = await client.query<{ oid: string; name: string }>(NAMES, quoted);
  const notNull = await client.query<{ name: string }>(NOT_NULL, quoted);
  return {
    names: new Map(names.rows.map(({ oid, name }) => [Number(oid), name])),
    notNull: new Set(notNull.rows.map(({ name }) => name)),
  };
}

/** @returns those of the tables whose rows say their types, by `schema.name`. */
export async function readTypesByTable(
  client: pg.Client,
  tables: readonly TableRef[],
): Promise<Map<string, TypeFacts>> {
  const types = new Map<string, TypeFacts>();
  for (const table of tables) {
    const facts = await readTypeFacts(client, table);
    if (facts !== null) types.set(tableId(table), facts);
  }
  return types;
}
