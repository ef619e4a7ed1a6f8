import pg from 'pg';
import { postgresFailure } from './postgres-failure.ts';

/** Marks leave sessions out whose name begins so; see mark-time.ts. */
export const SESSION_PREFIX = 'tidemark-capture';

/** Text forms that do not depend on how the server or the role is set up. */
const OUTPUT_SETTINGS = {
  DateStyle: 'ISO',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  bytea_output: 'hex',
  extra_float_digits: '3',
};

/** Values stay the text that Postgres sent: `pg` would make millisecond dates of microseconds. */
const RAW_TEXT: pg.CustomTypesConfig = {
  getTypeParser: () => (value: string) => value,
};

export interface SessionOptions {
  readonly url: string;
  /** What it is for; stands behind the prefix in `application_name`. */
  readonly purpose: string;
  /** Speaks the replication protocol: simple queries only. */
  readonly replication?: boolean;
  /** Leaves TimeZone and the like as the server and the role have them. */
  readonly serverSettings?: boolean;
}

/**
 * Opens a connection of its own; the caller ends it. Values come as text or null.
 *
 * @throws TidemarkError ERR_POSTGRES_UNREACHABLE, ERR_PREREQUISITE (wrong password, unknown database).
 */
export async function connectPostgres(session: SessionOptions): Promise<pg.Client> {
  const client = new pg.Client(clientConfig(session));
  // A connection that breaks while idle reports it here; whoever uses it next gets the rejection.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (cause) {
    throw postgresFailure(`connect for ${session.purpose}`, cause);
  }
  return client;
}

/** How every connection of capture is set up, also the one that `pg-logical-replication` opens. */
export function clientConfig(session: SessionOptions): pg.ClientConfig {
  const { url, purpose, replication, serverSettings } = session;
  const settings = Object.entries(OUTPUT_SETTINGS).map(([name, value]) => `-c ${name}=${value}`);
  return {
    connectionString: url,
    application_name: `${SESSION_PREFIX} ${purpose}`,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    ...(serverSettings === true ? {} : { options: settings.join(' ') }),
    client_encoding: 'UTF8',
    types: RAW_TEXT,
    ...(replication === true ? { replication: 'database' } : {}),
  };
}

/**
 * Opens a session for one piece of work and ends it whatever happens.
 *
 * @throws TidemarkError as {@link postgresFailure} has it.
 */
export async function withSession<T>(
  options: SessionOptions,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await connectPostgres(options);
  try {
    return await work(client);
  } catch (cause) {
    throw postgresFailure(options.purpose, cause);
  } finally {
    await client.end().catch(() => undefined);
  }
}

export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function quoteLiteral(text: string): string {
  return pg.escapeLiteral(text);
}
