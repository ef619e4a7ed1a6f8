import type pg from 'pg';
import { TidemarkError } from '../base/errors.ts';
import { tableId } from '../model/table.ts';
import type { TableRef } from '../model/table.ts';

export interface PublicationState {
  readonly exists: boolean;
  readonly publishesInsert: boolean;
  /** True when it publishes anything that nobody needs. */
  readonly publishesMore: boolean;
  /** By `schema.name`. */
  readonly tables: ReadonlyMap<string, PublishedRelation>;
}

/** A table in a publication, as it is told from another one of the same name. */
export interface PublishedRelation {
  readonly oid: number;
  /**
   * Another text once the table, the publication or its entry in it was made anew or altered. Rows that were
   * inserted in between may not have been published.
   */
  readonly identity: string;
}

/** `xmin` of a catalog row is the transaction that wrote it last: one that is altered there and back shows too. */
const TABLES = `
  SELECT t.schemaname || '.' || t.tablename AS id,
         c.oid::int8 AS oid,
         concat_ws('/', p.oid, p.xmin, c.oid, r.oid, r.xmin, s.oid, s.xmin) AS identity
    FROM pg_publication p
    JOIN pg_publication_tables t ON t.pubname = p.pubname
    JOIN pg_namespace n ON n.nspname = t.schemaname
    JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = t.tablename
    LEFT JOIN pg_publication_rel r ON r.prpubid = p.oid AND r.prrelid = c.oid
    LEFT JOIN pg_publication_namespace s ON s.pnpubid = p.oid AND s.pnnspid = n.oid
   WHERE p.pubname = $1`;

/** Looks a publication up in the catalog. */
export async function readPublication(client: pg.Client, publication: string): Promise<PublicationState> {
  const found = await client.query<{ insert: string; more: string }>(
    `SELECT pubinsert AS insert, pubupdate OR pubdelete OR pubtruncate AS more
       FROM pg_publication WHERE pubname = $1`,
    [publication],
  );
  const tables = await client.query<{ id: string; oid: string; identity: string }>(TABLES, [publication]);
  return {
    exists: found.rows.length > 0,
    publishesInsert: found.rows[0]?.insert === 't',
    publishesMore: found.rows[0]?.more === 't',
    tables: new Map(tables.rows.map(({ id, oid, identity }) => [id, { oid: Number(oid), identity }])),
  };
}

/**
 * @returns what the publication has of each table.
 * @throws TidemarkError ERR_PUBLICATION_INVALID when rows of a table would not come through, ERR_TABLE_INVALID when
 * there is no such table any more.
 */
export async function checkPublication(
  client: pg.Client,
  options: { readonly publication: string; readonly tables: readonly TableRef[] },
): Promise<ReadonlyMap<string, PublishedRelation>> {
  const { publication, tables } = options;
  const state = await readPublication(client, publication);
  const missing = tables.filter((table) => !state.tables.has(tableId(table)));
  for (const table of missing) await requireTable(client, table);
  const refuse = (detail: string): never => {
    throw new TidemarkError('ERR_PUBLICATION_INVALID', { detail: `publication ${publication} ${detail}` });
  };
  if (!state.exists) refuse('does not exist');
  if (!state.publishesInsert) refuse('does not publish inserts');
  if (missing.length > 0) refuse(`does not publish ${missing.map(tableId).join(', ')}`);
  return state.tables;
}

async function requireTable(client: pg.Client, table: TableRef): Promise<void> {
  const found = await client.query(
    'SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = $1 AND relname = $2',
    [table.schema, table.name],
  );
  if (found.rows.length > 0) return;
  throw new TidemarkError('ERR_TABLE_INVALID', {
    detail: `table ${tableId(table)} does not exist: it was dropped or renamed`,
    remedy:
      'Rename it back: rows inserted under the other name are then captured too. If it was made anew, run `tidemark init`: it is read again above archived_until. If it is gone for good, take it out of tables[].',
  });
}
