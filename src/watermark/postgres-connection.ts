import pg from 'pg';
import type { Client } from 'pg';
import { TidemarkError } from '../base/errors.ts';

export interface PostgresConnectionOptions {
  readonly url: string;
  /** What `pg_stat_activity` shows. */
  readonly applicationName: string;
}

/**
 * Lends a connection whose session reads and writes times in UTC.
 *
 * @throws TidemarkError ERR_POSTGRES_UNREACHABLE when there is no server, or it refuses the login; what `use` throws.
 */
export async function withPostgres<T>(
  { url, applicationName }: PostgresConnectionOptions,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    application_name: applicationName,
    connectionTimeoutMillis: 10_000,
    options: '-c TimeZone=UTC -c DateStyle=ISO',
  });
  // A connection that breaks between two queries says so here; the next query fails with the reason.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (cause) {
    throw new TidemarkError('ERR_POSTGRES_UNREACHABLE', { detail: reasonOf(cause), cause });
  }
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/** Node gives the refusals of every address in one AggregateError without a message. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return error instanceof Error && error.message !== '' ? error.message : String(error);
}
