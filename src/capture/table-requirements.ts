import type pg from 'pg';
import type { Requirement } from '../model/requirement.ts';
import { namesNoFile, tableId } from '../model/table.ts';
import { listUidColumns } from '../model/uid.ts';
import { TYPE_OID, UID_TYPES } from './column-json.ts';
import { quoteIdentifier } from './postgres-session.ts';
import type { InspectedTable } from './captured-table.ts';
import { requirement } from './requirement.ts';
import { TYPES_MEMBER } from './row-types.ts';
import { uidExpression } from './table-uid.ts';

interface ColumnFacts {
  readonly name: string;
  /** Base type, below domains. */
  readonly type: string;
  readonly type_name: string;
  readonly indexed: string;
}

const COLUMNS = `
  SELECT a.attname AS name,
         a.atttypid::int8 AS type,
         format_type(a.atttypid, a.atttypmod) AS type_name,
         EXISTS (SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
                  WHERE i.indrelid = a.attrelid AND i.indpred IS NULL AND i.indkey[0] = a.attnum
                    AND m.amname = 'btree') AS indexed
    FROM pg_attribute a
   WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped`;

/** A unique index of some of these columns, and of no other, makes them unique. */
const UNIQUE = `
  SELECT EXISTS (
    SELECT FROM pg_index i
     WHERE i.indrelid = to_regclass($1) AND i.indisunique AND i.indpred IS NULL
       AND NOT EXISTS (
         SELECT FROM generate_series(0, i.indnkeyatts - 1) AS place
          WHERE NOT EXISTS (SELECT FROM pg_attribute a
                             WHERE a.attrelid = i.indrelid AND a.attnum = i.indkey[place]
                               AND a.attname = ANY ($2::text[])))) AS unique`;

const INTEGERS: readonly number[] = [TYPE_OID.int2, TYPE_OID.int4, TYPE_OID.int8];
const TEXT_TYPES: readonly number[] = [25, 1043, 1042];
const NUMERIC = 1700;

/** Columns, types, keys and rights of one table. */
export async function inspectTable(
  client: pg.Client,
  table: InspectedTable,
  serverZone: string,
): Promise<Requirement[]> {
  const quoted = `${quoteIdentifier(table.schema)}.${quoteIdentifier(table.name)}`;
  const found = await client.query<ColumnFacts>(COLUMNS, [quoted]);
  const name = `table.${tableId(table)}`;
  if (found.rows.length === 0) {
    const remedy = 'Correct tables[].name, or create the table.';
    return [requirement({ name, ok: false, detail: 'the table does not exist', remedy })];
  }
  const columns = new Map(found.rows.map((column) => [column.name, column]));
  const { uid, createdAt, fileLocation, sizeBytes } = table.columns;
  const uidNames = listUidColumns(uid);
  const typed = (column: string, role: string, types: readonly number[]) =>
    columnRequirement({ name, column, role, types, facts: columns.get(column) });
  return [
    await selectRight(client, name, quoted),
    ...uidNames.map((column) => typed(column, 'uid', UID_TYPES)),
    typed(createdAt, 'createdAt', [TYPE_OID.timestamp, TYPE_OID.timestamptz]),
    ...(fileLocation === null ? [] : [typed(fileLocation, 'fileLocation', TEXT_TYPES)]),
    ...(sizeBytes === null ? [] : [typed(sizeBytes, 'sizeBytes', [...INTEGERS, NUMERIC])]),
    await keyRequirement(client, name, table),
    requirement({
      name: `${name}.index`,
      ok: columns.get(createdAt)?.indexed === 't',
      severity: 'warning',
      detail: `${createdAt} ${columns.get(createdAt)?.indexed === 't' ? 'has' : 'has no'} index; snapshot and batch read in its order`,
      remedy: `CREATE INDEX CONCURRENTLY ON ${quoted} (${quoteIdentifier(createdAt)}, (${uidExpression(table)} COLLATE "C"));`,
    }),
    ...zoneRequirement(name, table, { createdAt: columns.get(createdAt), serverZone }),
    ...(namesNoFile(table) && columns.has(TYPES_MEMBER) ? [typesRequirement(name, quoted)] : []),
  ];
}

/** In the archive a row is its created_at and its uid, so that a key of both will do: a partitioned table has no other. */
async function keyRequirement(client: pg.Client, name: string, table: InspectedTable): Promise<Requirement> {
  const quoted = `${quoteIdentifier(table.schema)}.${quoteIdentifier(table.name)}`;
  const uid = listUidColumns(table.columns.uid);
  const names = table.isMarkedByUid === true ? uid : [...uid, table.columns.createdAt];
  const { rows } = await client.query<{ unique: string }>(UNIQUE, [quoted, names]);
  const ok = rows[0]!.unique === 't';
  return requirement({
    name: `${name}.key`,
    ok,
    detail: ok
      ? `a unique index holds no other columns than ${names.join(', ')}`
      : `${uid.join(', ')} has no primary key or unique index of its own`,
    remedy: `CREATE UNIQUE INDEX CONCURRENTLY ON ${quoted} (${uid.map(quoteIdentifier).join(', ')});`,
  });
}

function typesRequirement(name: string, quoted: string): Requirement {
  return requirement({
    name: `${name}.types`,
    ok: false,
    detail: `there is a column ${TYPES_MEMBER}, where a row’s line says the types of its columns`,
    remedy: `ALTER TABLE ${quoted} RENAME COLUMN ${quoteIdentifier(TYPES_MEMBER)} TO types;`,
  });
}

function columnRequirement(column: {
  name: string;
  column: string;
  role: string;
  types: readonly number[];
  facts: ColumnFacts | undefined;
}): Requirement {
  const { facts } = column;
  return requirement({
    name: `${column.name}.${column.role}`,
    ok: facts !== undefined && column.types.includes(Number(facts.type)),
    detail:
      facts === undefined ? `there is no column ${column.column}` : `${column.column} is ${facts.type_name}`,
    remedy: `Name another column in tables[].columns.${column.role}, or change the type of this one.`,
  });
}

async function selectRight(client: pg.Client, name: string, quoted: string): Promise<Requirement> {
  const found = await client.query<{ ok: string; role: string }>(
    `SELECT has_table_privilege($1, 'SELECT') AS ok, current_user AS role`,
    [quoted],
  );
  const { ok, role } = found.rows[0]!;
  return requirement({
    name: `${name}.select`,
    ok: ok === 't',
    detail: `role ${role} ${ok === 't' ? 'may' : 'may not'} read the table`,
    remedy: `GRANT SELECT ON ${quoted} TO ${quoteIdentifier(role)};`,
  });
}

/** Applications fill a `timestamp` with `now()` in the zone of their session, most often the server's. */
function zoneRequirement(
  name: string,
  table: InspectedTable,
  found: { readonly createdAt: ColumnFacts | undefined; readonly serverZone: string },
): Requirement[] {
  const { createdAt, serverZone } = found;
  if (Number(createdAt?.type) !== TYPE_OID.timestamp) return [];
  const zone = table.createdAtZone ?? 'UTC';
  const isUtc = (candidate: string): boolean => /^(Etc\/)?(UTC|GMT|UCT|Zulu)$/i.test(candidate);
  return [
    requirement({
      name: `${name}.timeZone`,
      ok: serverZone === zone || (isUtc(serverZone) && isUtc(zone)),
      severity: 'warning',
      detail: `${createdAt!.name} has no zone and is read as ${zone}; the server's TimeZone is ${serverZone}`,
      remedy: `Set createdAt.timeZone: ${serverZone} for this table if its rows are stamped in that zone.`,
    }),
  ];
}
