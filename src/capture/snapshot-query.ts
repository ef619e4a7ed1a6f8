import type pg from 'pg';
import { TidemarkError } from '../base/errors.ts';
import type { RowKey } from '../model/capture-position.ts';
import { formatMicros, MICROS_PER_DAY } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';
import { namesOf, tableId } from '../model/table.ts';
import type { TableRef } from '../model/table.ts';
import { TYPE_OID } from './column-json.ts';
import type { RelationColumn } from './pgoutput.ts';
import { quoteIdentifier, quoteLiteral } from './postgres-session.ts';
import { uidExpression } from './table-uid.ts';
import { readTypeFacts } from './type-facts.ts';
import type { TypeFacts } from './type-facts.ts';

/** What of a table goes through the publication, as the stream would announce it. */
export interface PublishedTable {
  readonly columns: readonly RelationColumn[];
  /** Condition of the publication, as SQL; null without one. */
  readonly rowFilter: string | null;
  readonly createdAtType: number;
  /** What its rows say of their types; null where they do not. */
  readonly types: TypeFacts | null;
}

/** @throws TidemarkError ERR_TABLE_INVALID when it is not published. */
export async function readPublishedTable(
  client: pg.Client,
  publication: string,
  table: TableRef,
): Promise<PublishedTable> {
  const published = await findPublishedTable(client, publication, table);
  if (published !== undefined) return published;
  throw new TidemarkError('ERR_TABLE_INVALID', {
    detail: `${tableId(table)} or its ${table.columns.createdAt} is not in publication ${publication}`,
    remedy:
      'Run `tidemark init`, which adds it. Where only `tidemark run-cycle` is used, drop the publication, or name another in postgres.publication.',
  });
}

/**
 * What the stream archives of the table; where there is no such publication, what it would archive under the one that
 * `tidemark init` makes: every column but generated ones. So the batch path, which needs none, has the same bytes with
 * one and without.
 *
 * @throws TidemarkError ERR_TABLE_INVALID when there is no such table or column, or it is not in the publication.
 */
export async function readArchivedTable(
  client: pg.Client,
  publication: string,
  table: TableRef,
): Promise<PublishedTable> {
  const known = await client.query('SELECT FROM pg_publication WHERE pubname = $1', [publication]);
  if (known.rows.length > 0) return readPublishedTable(client, publication, table);
  return describeStored(client, table, ({ generated }) => generated === '');
}

async function findPublishedTable(
  client: pg.Client,
  publication: string,
  table: TableRef,
): Promise<PublishedTable | undefined> {
  const found = await client.query<FoundColumn & { filter: string | null }>(
    `SELECT a.attname AS name, a.atttypid::int8 AS type, a.atttypmod AS typmod, p.rowfilter AS filter
       FROM pg_publication_tables p
       JOIN pg_attribute a ON a.attrelid = format('%I.%I', p.schemaname, p.tablename)::regclass
      WHERE p.pubname = $1 AND p.schemaname = $2 AND p.tablename = $3
        AND a.attnum > 0 AND NOT a.attisdropped AND a.attname = ANY(p.attnames)
      ORDER BY a.attnum`,
    [publication, table.schema, table.name],
  );
  const rowFilter = found.rows[0]?.filter ?? null;
  return describeColumns({ found: found.rows, rowFilter, types: await readTypeFacts(client, table) }, table);
}

/** The connection hands out everything as text. */
interface FoundColumn {
  readonly name: string;
  readonly type: string;
  readonly typmod: string;
}

function describeColumns(
  read: { readonly found: readonly FoundColumn[] } & Pick<PublishedTable, 'rowFilter' | 'types'>,
  table: TableRef,
): PublishedTable | undefined {
  const { found, rowFilter, types } = read;
  const columns = found.map(({ name, type, typmod }) => ({
    ...{ name, typeOid: Number(type) },
    typmod: Number(typmod),
  }));
  const createdAt = columns.find(({ name }) => name === table.columns.createdAt);
  return createdAt && { columns, rowFilter, createdAtType: createdAt.typeOid, types };
}

/**
 * The same of a table as it is stored, whoever publishes it: every column of it that Tidemark reads.
 *
 * @throws TidemarkError ERR_TABLE_INVALID when it has no created_at.
 */
export async function readStoredTable(client: pg.Client, table: TableRef): Promise<PublishedTable> {
  const read = namesOf(table.columns);
  return describeStored(client, table, ({ name }) => read.has(name));
}

interface StoredColumn extends FoundColumn {
  /** Empty for a column of its own value. */
  readonly generated: string;
}

/** @throws TidemarkError ERR_TABLE_INVALID when there is no such table or it has no created_at. */
async function describeStored(
  client: pg.Client,
  table: TableRef,
  isWanted: (column: StoredColumn) => boolean,
): Promise<PublishedTable> {
  const { rows } = await client.query<StoredColumn>(
    `SELECT attname AS name, atttypid::int8 AS type, atttypmod AS typmod, attgenerated::text AS generated
       FROM pg_attribute
      WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
    [`${quoteIdentifier(table.schema)}.${quoteIdentifier(table.name)}`],
  );
  const types = await readTypeFacts(client, table);
  const described = describeColumns({ found: rows.filter(isWanted), rowFilter: null, types }, table);
  if (described !== undefined) return described;
  throw new TidemarkError('ERR_TABLE_INVALID', {
    detail: `${tableId(table)} ${rows.length === 0 ? 'does not exist' : `has no column ${table.columns.createdAt}`}`,
  });
}

export interface SnapshotQueryOptions {
  readonly table: TableRef;
  readonly published: PublishedTable;
  /** Exclusive; in a zone other than UTC some rows below it come too. Null for all. */
  readonly lowerBound: Micros | null;
  /** False when created_at is wall time of another zone. */
  readonly isUtc: boolean;
  /** Read on behind this key; null from the beginning. */
  readonly from: RowKey | null;
  /** Inclusive; in a zone other than UTC some rows above it come too. Left out for all. */
  readonly upperBound?: Micros;
  /** A further condition, as SQL. */
  readonly condition?: string;
}

/** The ends of what {@link Micros} can hold. */
const MICROS_MIN = Number.MIN_SAFE_INTEGER as Micros;
const MICROS_MAX = Number.MAX_SAFE_INTEGER as Micros;

/** Rows with a usable created_at above the bound, in the order of their keys; an index on created_at serves it. */
export function placedRowsQuery(options: SnapshotQueryOptions): string {
  const { table, published, lowerBound, upperBound = MICROS_MAX, isUtc, from, condition } = options;
  const { at, uid, literal } = sqlParts(table, published);
  const slack = isUtc ? 0 : MICROS_PER_DAY;
  const conditions = [`${at} <= ${literal(Math.min(upperBound + slack, MICROS_MAX) as Micros)}`];
  const bound = lowerBound === null ? null : ((lowerBound - slack) as Micros);
  // One lower bound, the higher one: of two the index would begin at either, and read the pages before once more.
  if (from !== null && from.createdAt !== null && (bound === null || from.createdAt > bound))
    conditions.push(`(${at}, ${uid}) > (${literal(from.createdAt)}, ${quoteLiteral(from.uid)})`);
  else if (bound === null) conditions.push(`${at} >= ${literal(MICROS_MIN)}`);
  else conditions.push(`${at} > ${literal(bound)}`);
  if (condition !== undefined) conditions.push(condition);
  return select({ table, published, conditions, order: `${at}, ${uid}` });
}

/** Rows that no window can hold: created_at NULL, infinite or out of range. The archive lists them as rejects. */
export function unplacedRowsQuery({ table, published, from }: SnapshotQueryOptions): string {
  const { at, uid, literal } = sqlParts(table, published);
  const outside = `(${at} IS NULL OR ${at} > ${literal(MICROS_MAX)} OR ${at} < ${literal(MICROS_MIN)})`;
  const conditions = [outside];
  if (from !== null && from.createdAt === null) conditions.push(`${uid} > ${quoteLiteral(from.uid)}`);
  return select({ table, published, conditions, order: uid });
}

function sqlParts(table: TableRef, published: PublishedTable) {
  const at = quoteIdentifier(table.columns.createdAt);
  const uid = `${uidExpression(table)} COLLATE "C"`;
  const type = published.createdAtType === TYPE_OID.timestamp ? 'timestamp' : 'timestamptz';
  // The session's TimeZone is UTC, so both types read the text as what it says.
  const literal = (time: Micros): string => `${quoteLiteral(formatMicros(time).replace('Z', ''))}::${type}`;
  return { at, uid, literal };
}

function select(query: {
  table: TableRef;
  published: PublishedTable;
  conditions: string[];
  order: string;
}): string {
  const { table, published, conditions, order } = query;
  const columns = published.columns.map(({ name }) => quoteIdentifier(name)).join(', ');
  const where = published.rowFilter === null ? conditions : [...conditions, `(${published.rowFilter})`];
  return `SELECT ${columns} FROM ${quoteIdentifier(table.schema)}.${quoteIdentifier(table.name)} WHERE ${where.join(' AND ')} ORDER BY ${order}`;
}
