import type { ClientBase } from 'pg';
import { TidemarkError } from '../../base/errors.ts';
import { postgresFailure } from '../../capture/postgres-failure.ts';
import type { Config, TableConfig } from '../../config/config.ts';
import { listUidColumns } from '../../model/uid.ts';
import { withPostgres } from '../../watermark/postgres-connection.ts';
import { readColumnFacts } from './column-facts.ts';
import type { AdviseFacts, ColumnFacts, UpdateSample } from './facts.ts';
import { sampleUpdate } from './sample-update.ts';
import { readStatistics } from './table-statistics.ts';
import type { TableStatistics } from './table-statistics.ts';

export interface GatherOptions {
  readonly config: Config;
  readonly table: TableConfig;
  /** Rows that the sample changes and rolls back; 0 for none. */
  readonly sampleRows: number;
}

/** @throws TidemarkError ERR_POSTGRES_UNREACHABLE, ERR_PREREQUISITE; ERR_TABLE_INVALID when there is no such table. */
export async function gatherFacts({ config, table, sampleRows }: GatherOptions): Promise<AdviseFacts> {
  const applicationName = `tidemark-advise ${config.name}`;
  try {
    return await withPostgres({ url: config.postgres.url, applicationName }, async (client) => {
      const access = await readAccess(client, table);
      const statistics = await readStatistics(client, { oid: access.oid, table: table.ref });
      const column = await readColumnFacts(client, {
        ...{ oid: access.oid, tableName: table.ref.name, column: table.archivedColumn },
      });
      const sample = await takeSample(client, { table, access, statistics, column, sampleRows });
      return {
        table: table.id,
        ...statistics.facts,
        column,
        updateTriggers: access.triggers,
        updatePublications: access.publications,
        sample: 'unknown' in sample ? null : sample,
        unknown: [...statistics.unknown, ...('unknown' in sample ? [sample.unknown] : [])],
      };
    });
  } catch (cause) {
    throw postgresFailure(`look at ${table.id}`, cause);
  }
}

interface Access {
  readonly oid: string;
  readonly role: string;
  readonly may_sample: boolean;
  readonly is_standby: boolean;
  readonly triggers: readonly string[];
  readonly publications: readonly string[];
}

/** Bit 16 of tgtype is UPDATE, bit 1 means for each row. */
const ACCESS = `
  SELECT c.oid::int8 AS oid, current_user AS role, pg_is_in_recovery() AS is_standby,
         has_table_privilege(c.oid, 'SELECT') AND (has_table_privilege(c.oid, 'UPDATE')
           OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = $2
                       AND has_column_privilege(c.oid, a.attnum, 'UPDATE'))) AS may_sample,
         ARRAY(SELECT tgname::text FROM pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal
                AND tgenabled <> 'D' AND tgtype::int & 17 = 17 ORDER BY 1) AS triggers,
         ARRAY(SELECT p.pubname::text FROM pg_publication_tables t JOIN pg_publication p USING (pubname)
                WHERE t.schemaname = $3 AND t.tablename = $4 AND p.pubupdate ORDER BY 1) AS publications
    FROM pg_class c WHERE c.oid = to_regclass($1)`;

async function readAccess(client: ClientBase, { id, ref, archivedColumn }: TableConfig): Promise<Access> {
  const { rows } = await client.query<Access>(ACCESS, [
    quotedName(client, ref),
    archivedColumn,
    ref.schema,
    ref.name,
  ]);
  if (rows[0] !== undefined) return rows[0];
  throw new TidemarkError('ERR_TABLE_INVALID', { detail: `${id} does not exist` });
}

async function takeSample(
  client: ClientBase,
  given: {
    readonly table: TableConfig;
    readonly access: Access;
    readonly statistics: TableStatistics;
    readonly column: ColumnFacts | null;
    readonly sampleRows: number;
  },
): Promise<UpdateSample | { readonly unknown: string }> {
  const { table, statistics, column, sampleRows } = given;
  const refusal = refusalOf(given);
  if (refusal !== null) return { unknown: `what an UPDATE costs: ${refusal}` };
  const { uid, createdAt } = table.ref.columns;
  return sampleUpdate(client, {
    table: quotedName(client, table.ref),
    column: column?.type === 'boolean' ? client.escapeIdentifier(column.name) : null,
    uid: client.escapeIdentifier(listUidColumns(uid)[0]!),
    orderBy: statistics.isOrdered ? client.escapeIdentifier(createdAt) : null,
    rows: sampleRows,
  });
}

/** Why no sample is taken; null when one may be. Pure. */
function refusalOf(given: { readonly access: Access; readonly sampleRows: number }): string | null {
  const { access, sampleRows } = given;
  if (sampleRows === 0) return 'no sample was wanted';
  if (access.is_standby) return 'the server is a standby, on which nothing can be changed';
  if (!access.may_sample) return `role ${access.role} may not UPDATE the table`;
  // What a trigger does outside of the database is not rolled back.
  if (access.triggers.length > 0) return `a sample would fire ${access.triggers.join(', ')}`;
  return null;
}

function quotedName(client: ClientBase, { schema, name }: { schema: string; name: string }): string {
  return `${client.escapeIdentifier(schema)}.${client.escapeIdentifier(name)}`;
}
