import type { ClientBase } from 'pg';
import { TidemarkError } from '../base/errors.ts';
import { tableId } from '../model/table.ts';
import type { TableRef } from '../model/table.ts';
import { listUidColumns } from '../model/uid.ts';

/** The boolean of a table that says of each row whether it is archived, as the statements need it. All names are quoted. */
export interface ArchivedColumn {
  readonly table: string;
  readonly name: string;
  readonly uid: string;
  readonly uidType: string;
  readonly createdAt: string;
  readonly createdAtType: string;
}

interface Found {
  readonly table_name: string;
  readonly role: string;
  readonly is_partitioned: boolean;
  readonly uid_type: string | null;
  readonly created_at_type: string | null;
  readonly archived_type: string | null;
  readonly is_not_null: boolean | null;
  readonly may_update: boolean | null;
  readonly is_indexed: boolean;
}

/**
 * The index must hold the rows that are left and nothing else, in the order of created_at: without it every run would
 * read the table from its first row on.
 */
const FIND = `
  SELECT c.oid::regclass::text AS table_name, current_user AS role, c.relkind = 'p' AS is_partitioned,
         format_type(u.atttypid, NULL) AS uid_type, format_type(t.atttypid, NULL) AS created_at_type,
         format_type(a.atttypid, NULL) AS archived_type, a.attnotnull AS is_not_null,
         has_column_privilege(c.oid, a.attnum, 'UPDATE') AS may_update,
         EXISTS (SELECT FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam
                  WHERE i.indrelid = c.oid AND i.indisvalid AND m.amname = 'btree' AND i.indkey[0] = t.attnum
                    AND pg_get_expr(i.indpred, c.oid)
                        IN ('(' || quote_ident($4) || ' = false)', '(NOT ' || quote_ident($4) || ')')) AS is_indexed
    FROM pg_class c
    LEFT JOIN pg_attribute u ON u.attrelid = c.oid AND u.attname = $2 AND NOT u.attisdropped
    LEFT JOIN pg_attribute t ON t.attrelid = c.oid AND t.attname = $3 AND NOT t.attisdropped
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = $4 AND NOT a.attisdropped
   WHERE c.oid = to_regclass($1)`;

/**
 * @throws TidemarkError ERR_TABLE_INVALID, ERR_PREREQUISITE; they name the statements that mend what is missing.
 */
export async function requireArchivedColumn(
  client: ClientBase,
  options: { readonly table: TableRef; readonly column: string },
): Promise<ArchivedColumn> {
  const { table, column } = options;
  const { createdAt } = table.columns;
  const [uid, ...more] = listUidColumns(table.columns.uid);
  if (uid === undefined || more.length > 0) throw severalColumns(table);
  const quoted = `${client.escapeIdentifier(table.schema)}.${client.escapeIdentifier(table.name)}`;
  const { rows } = await client.query<Found>(FIND, [quoted, uid, createdAt, column]);
  const found = rows[0];
  if (found === undefined || found.uid_type === null || found.created_at_type === null)
    throw new TidemarkError('ERR_TABLE_INVALID', {
      detail: `${tableId(table)} does not exist, or lacks ${uid} or ${createdAt}`,
    });
  const names = {
    table: quoted,
    name: client.escapeIdentifier(column),
    createdAt: client.escapeIdentifier(createdAt),
  };
  const problem = problemOf(found, { ...names, role: client.escapeIdentifier(found.role) });
  if (problem !== null)
    throw new TidemarkError(problem.code, {
      detail: `${tableId(table)}: ${problem.detail}`,
      remedy: problem.remedy,
    });
  return {
    ...names,
    uid: client.escapeIdentifier(uid),
    uidType: found.uid_type,
    createdAtType: found.created_at_type,
  };
}

function severalColumns(table: TableRef): TidemarkError {
  return new TidemarkError('ERR_TABLE_INVALID', {
    detail: `${tableId(table)} has a uid of several columns, and rows are marked by one`,
    remedy: 'Archive it by watermark, which marks no row; or name one unique column in tables[].columns.uid.',
  });
}

/** The first thing that is wrong, with what mends it. Pure. */
function problemOf(
  found: Found,
  names: { table: string; name: string; createdAt: string; role: string },
): { code: 'ERR_TABLE_INVALID' | 'ERR_PREREQUISITE'; detail: string; remedy: string } | null {
  const { table, name } = names;
  const concurrently = found.is_partitioned ? '' : ' CONCURRENTLY';
  const index = `CREATE INDEX${concurrently} ON ${table} (${names.createdAt}) WHERE NOT ${name};`;
  if (found.archived_type === null)
    return {
      code: 'ERR_TABLE_INVALID',
      detail: `there is no column ${name}`,
      remedy: `ALTER TABLE ${table} ADD COLUMN ${name} boolean NOT NULL DEFAULT false; ${index} Or name the column that there is in tables[].columns.archived.`,
    };
  if (found.archived_type !== 'boolean' || found.is_not_null !== true)
    return {
      code: 'ERR_TABLE_INVALID',
      detail: `${name} is ${found.archived_type}${found.is_not_null === true ? '' : ' and may be NULL'}, where boolean NOT NULL is needed`,
      remedy:
        found.archived_type === 'boolean'
          ? `UPDATE ${table} SET ${name} = false WHERE ${name} IS NULL; ALTER TABLE ${table} ALTER COLUMN ${name} SET DEFAULT false, ALTER COLUMN ${name} SET NOT NULL;`
          : 'Name another column in tables[].columns.archived.',
    };
  if (!found.is_indexed)
    return {
      code: 'ERR_PREREQUISITE',
      detail: `no index begins with ${names.createdAt} and holds only rows that are not ${name}`,
      remedy: index,
    };
  if (found.may_update !== true)
    return {
      code: 'ERR_PREREQUISITE',
      detail: `role ${found.role} may not set ${name}`,
      remedy: `GRANT SELECT, UPDATE (${name}) ON ${table} TO ${names.role};`,
    };
  return null;
}
