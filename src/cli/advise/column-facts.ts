import type { ClientBase } from 'pg';
import type { ColumnFacts, Dependant } from './facts.ts';

/** The catalogue knows of everything that was parsed when it was made; indexes are told apart, they only cost. */
const DEPENDANTS = `
  SELECT DISTINCT
         CASE d.classid::regclass::text
           WHEN 'pg_rewrite' THEN 'view' WHEN 'pg_constraint' THEN 'constraint' WHEN 'pg_trigger' THEN 'trigger'
           WHEN 'pg_policy' THEN 'policy' WHEN 'pg_proc' THEN 'function' WHEN 'pg_publication_rel' THEN 'publication'
           WHEN 'pg_attrdef' THEN 'generated column'
           WHEN 'pg_class' THEN CASE WHEN d.objsubid > 0 THEN 'generated column' WHEN am.amname = 'brin' THEN 'summary' ELSE 'index' END
         END AS kind,
         CASE d.classid::regclass::text
           WHEN 'pg_rewrite' THEN (SELECT ev_class::regclass::text FROM pg_rewrite WHERE oid = d.objid)
           WHEN 'pg_constraint' THEN (SELECT conname::text FROM pg_constraint WHERE oid = d.objid)
           WHEN 'pg_trigger' THEN (SELECT tgname::text FROM pg_trigger WHERE oid = d.objid)
           WHEN 'pg_policy' THEN (SELECT polname::text FROM pg_policy WHERE oid = d.objid)
           WHEN 'pg_proc' THEN (SELECT d.objid::regprocedure::text)
           WHEN 'pg_publication_rel' THEN (SELECT p.pubname::text FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid WHERE r.oid = d.objid)
           WHEN 'pg_attrdef' THEN (SELECT attname::text FROM pg_attrdef x JOIN pg_attribute g ON g.attrelid = x.adrelid AND g.attnum = x.adnum WHERE x.oid = d.objid)
           WHEN 'pg_class' THEN coalesce((SELECT attname::text FROM pg_attribute WHERE attrelid = d.objid AND attnum = d.objsubid AND d.objsubid > 0), d.objid::regclass::text)
         END AS name
    FROM pg_depend d
    LEFT JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
    LEFT JOIN pg_am am ON am.oid = c.relam
   WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = $1::oid AND d.refobjsubid = $2
     AND NOT EXISTS (SELECT FROM pg_attrdef x WHERE d.classid = 'pg_attrdef'::regclass AND x.oid = d.objid AND x.adnum = $2)
     AND NOT (d.classid = 'pg_constraint'::regclass
              AND EXISTS (SELECT FROM pg_constraint k WHERE k.oid = d.objid AND k.contype = 'n'))
   ORDER BY 1, 2`;

/** Bodies that are text are not parsed: one that names both, or belongs to a trigger of the table, may ask the column. */
const FUNCTIONS_BY_TEXT = `
  SELECT p.oid::regprocedure::text AS name
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
   WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND p.prosqlbody IS NULL
     AND position(lower($3) IN lower(p.prosrc)) > 0
     AND (position(lower($2) IN lower(p.prosrc)) > 0
          OR EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = $1::oid AND t.tgfoid = p.oid))
   ORDER BY 1`;

/** @returns null when the table has no such column. */
export async function readColumnFacts(
  client: ClientBase,
  given: { readonly oid: string; readonly tableName: string; readonly column: string },
): Promise<ColumnFacts | null> {
  const { oid, tableName, column } = given;
  const { rows: columns } = await client.query<{ number: number; type: string }>(
    `SELECT attnum::int AS number, format_type(atttypid, atttypmod) AS type FROM pg_attribute
      WHERE attrelid = $1::oid AND attname = $2 AND NOT attisdropped`,
    [oid, column],
  );
  if (columns[0] === undefined) return null;
  const { number, type } = columns[0];
  const { rows: found } = await client.query<{ kind: string | null; name: string | null }>(DEPENDANTS, [
    oid,
    number,
  ]);
  const { rows: functions } = await client.query<{ name: string }>(FUNCTIONS_BY_TEXT, [
    oid,
    tableName,
    column,
  ]);
  const named = found.filter(
    (one): one is { kind: string; name: string } => one.kind !== null && one.name !== null,
  );
  return {
    name: column,
    type,
    indexes: named.filter(({ kind }) => kind === 'index').map(({ name }) => name),
    dependants: [
      ...named.filter(({ kind }) => kind !== 'index' && kind !== 'summary').map((one) => one as Dependant),
      ...functions.map(({ name }): Dependant => ({ kind: 'function', name })),
    ],
  };
}
