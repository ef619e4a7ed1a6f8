import type pg from 'pg';
import type { Requirement } from '../model/requirement.ts';
import type { InspectedTable } from './captured-table.ts';
import { withSession } from './postgres-session.ts';
import { inspectPublication } from './publication-requirements.ts';
import { inspectServer } from './server-requirements.ts';
import { inspectSlot } from './slot-requirements.ts';
import { inspectTable } from './table-requirements.ts';

export interface InspectPostgresOptions {
  readonly postgresUrl: string;
  readonly slot: string;
  readonly publication: string;
  readonly tables: readonly InspectedTable[];
}

/**
 * Everything that capture needs of Postgres, in the order in which an operator would mend it.
 *
 * @throws TidemarkError ERR_POSTGRES_UNREACHABLE, ERR_PREREQUISITE (no such database, wrong password).
 */
export async function inspectPostgres(options: InspectPostgresOptions): Promise<Requirement[]> {
  return withSession({ url: options.postgresUrl, purpose: 'check' }, async (client: pg.Client) => {
    const found = await inspectServer(client, options.slot);
    const serverZone = await readServerZone(options.postgresUrl);
    for (const table of options.tables) found.push(...(await inspectTable(client, table, serverZone)));
    found.push(...(await inspectPublication(client, options)));
    found.push(...(await inspectSlot(client, options.slot)));
    return found;
  });
}

/**
 * What whoever reads the tables needs of them, without the stream.
 *
 * @throws TidemarkError as {@link inspectPostgres}.
 */
export async function inspectTables(
  options: Pick<InspectPostgresOptions, 'postgresUrl' | 'tables'>,
): Promise<Requirement[]> {
  const serverZone = await readServerZone(options.postgresUrl);
  return withSession({ url: options.postgresUrl, purpose: 'check' }, async (client) => {
    const found: Requirement[] = [];
    for (const table of options.tables) found.push(...(await inspectTable(client, table, serverZone)));
    return found;
  });
}

/** Applications see the zone that server, database or role set; our own sessions run in UTC. */
async function readServerZone(url: string): Promise<string> {
  return withSession({ url, purpose: 'check', serverSettings: true }, async (client) => {
    const found = await client.query<{ TimeZone: string }>('SHOW TimeZone');
    return found.rows[0]!.TimeZone;
  });
}
