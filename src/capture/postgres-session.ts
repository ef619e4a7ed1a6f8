import pg from 'pg';
import { postgresLogin } from '../base/postgres-login.ts';
import { endSession } from './end-session.ts';
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
  // An amount of money is written with as many digits behind the point as the locale has them.
  lc_monetary: 'C',
};

/** What capture asks in one query takes milliseconds: then the connection is dead, or the server as good as. */
const ANSWER_WITHIN_MS = 30_000;

/** The system's own default is two hours. */
const KEEPALIVE_AFTER_MS = 30_000;

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
  /** A query without an answer for so long fails. Default 30 s; null for queries that may take their time. */
  readonly answerWithinMs?: number | null;
  /** The server gives the session up when nothing was heard from us for so long; only a walsender listens. */
  readonly heardWithinMs?: number;
  /** Leaves TimeZone and the like as the server and the role have them. */
  readonly serverSettings?: boolean;
}

/**
 * Opens a connection of its own; the caller ends it. Values come as text or null.
 *
 * @throws TidemarkError ERR_POSTGRES_UNREACHABLE, ERR_PREREQUISITE (wrong password, unknown database), ERR_TLS_REFUSED,
 * ERR_SECRET_FILE.
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
  const { url, purpose, replication, serverSettings, answerWithinMs = ANSWER_WITHIN_MS } = session;
  const walsender = session.heardWithinMs === undefined ? {} : { wal_sender_timeout: session.heardWithinMs };
  const settings = Object.entries({ ...OUTPUT_SETTINGS, ...walsender }).map(
    ([name, value]) => `-c ${name}=${value}`,
  );
  return {
    ...postgresLogin(url, serverSettings === true ? '' : settings.join(' ')),
    application_name: `${SESSION_PREFIX} ${purpose}`,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEPALIVE_AFTER_MS,
    client_encoding: 'UTF8',
    types: RAW_TEXT,
    // START_REPLICATION is a query that never ends.
    ...(replication === true
      ? { replication: 'database' }
      : answerWithinMs !== null && { query_timeout: answerWithinMs }),
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
    await endSession(client);
  }
}

export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function quoteLiteral(text: string): string {
  return pg.escapeLiteral(text);
}
