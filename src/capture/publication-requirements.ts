import type pg from 'pg';
import type { Requirement } from '../model/requirement.ts';
import { tableId } from '../model/table.ts';
import type { TableRef } from '../model/table.ts';
import { readPublication } from './publication.ts';
import { quoteIdentifier } from './postgres-session.ts';
import { requirement } from './requirement.ts';

/** The publication: there, inserts only, every table in it. */
export async function inspectPublication(
  client: pg.Client,
  options: { readonly publication: string; readonly tables: readonly TableRef[] },
): Promise<Requirement[]> {
  const { publication, tables } = options;
  const name = `publication.${publication}`;
  const state = await readPublication(client, publication);
  if (!state.exists) {
    return [requirement({ name, ok: false, detail: 'it does not exist', remedy: 'tidemark init' })];
  }
  const quoted = quoteIdentifier(publication);
  const setInsert = `ALTER PUBLICATION ${quoted} SET (publish = 'insert');`;
  return [
    requirement({
      name: `${name}.insert`,
      ok: state.publishesInsert,
      detail: state.publishesInsert ? 'publishes inserts' : 'does not publish inserts',
      remedy: setInsert,
    }),
    requirement({
      name: `${name}.only-insert`,
      ok: !state.publishesMore,
      severity: 'warning',
      detail: state.publishesMore
        ? 'publishes more than inserts, which nobody reads'
        : 'publishes nothing else',
      remedy: setInsert,
    }),
    ...tables.map((table) =>
      requirement({
        name: `${name}.${tableId(table)}`,
        ok: state.tables.has(tableId(table)),
        detail: state.tables.has(tableId(table)) ? 'is published' : 'is not published',
        remedy: `ALTER PUBLICATION ${quoted} ADD TABLE ${quoteIdentifier(table.schema)}.${quoteIdentifier(table.name)};`,
      }),
    ),
  ];
}
