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
 * @throws TidemarkError ERR_POSTGRES_UNREACHABLE when there is no server; ERR_PREREQUISITE when it refuses the login
 * or has no such database; what `use` throws.
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
    const code = isLasting(cause) ? 'ERR_PREREQUISITE' : 'ERR_POSTGRES_UNREACHABLE';
    throw new TidemarkError(code, { detail: `connect: ${reasonOf(cause)}`, cause });
  }
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/** SQLSTATE classes 28 (invalid authorization) and 3D (no such database): waiting does not help. */
function isLasting(error: unknown): boolean {
  const state = (error as { code?: unknown } | null)?.code;
  return typeof state === 'string' && /^(28...|3D...)$/.test(state);
}

/** Node gives the refusals of every address in one AggregateError without a message. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return error instanceof Error && error.message !== '' ? error.message : String(error);
}
