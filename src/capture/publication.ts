import type pg from 'pg';
import { TidemarkError } from '../base/errors.ts';
import { tableId } from '../model/table.ts';
import type { TableRef } from '../model/table.ts';

export interface PublicationState {
  readonly exists: boolean;
  readonly publishesInsert: boolean;
  /** True when it publishes anything that nobody needs. */
  readonly publishesMore: boolean;
  /** `schema.name` of each table that it publishes. */
  readonly tables: ReadonlySet<string>;
}

/** Looks a publication up in the catalog. */
export async function readPublication(client: pg.Client, publication: string): Promise<PublicationState> {
  const found = await client.query<{ insert: string; more: string }>(
    `SELECT pubinsert AS insert, pubupdate OR pubdelete OR pubtruncate AS more
       FROM pg_publication WHERE pubname = $1`,
    [publication],
  );
  const tables = await client.query<{ id: string }>(
    `SELECT schemaname || '.' || tablename AS id FROM pg_publication_tables WHERE pubname = $1`,
    [publication],
  );
  return {
    exists: found.rows.length > 0,
    publishesInsert: found.rows[0]?.insert === 't',
    publishesMore: found.rows[0]?.more === 't',
    tables: new Set(tables.rows.map(({ id }) => id)),
  };
}

/** @throws TidemarkError ERR_PUBLICATION_INVALID when rows of a table would not come through. */
export async function checkPublication(
  client: pg.Client,
  options: { readonly publication: string; readonly tables: readonly TableRef[] },
): Promise<void> {
  const { publication, tables } = options;
  const state = await readPublication(client, publication);
  const refuse = (detail: string): never => {
    throw new TidemarkError('ERR_PUBLICATION_INVALID', { detail: `publication ${publication} ${detail}` });
  };
  if (!state.exists) refuse('does not exist');
  if (!state.publishesInsert) refuse('does not publish inserts');
  const missing = tables.map(tableId).filter((table) => !state.tables.has(table));
  if (missing.length > 0) refuse(`does not publish ${missing.join(', ')}`);
}
