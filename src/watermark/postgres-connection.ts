import pg from 'pg';
import type { Client } from 'pg';
import { TidemarkError } from '../base/errors.ts';
import type { ErrorCode } from '../base/errors.ts';
import { postgresLogin } from '../base/postgres-login.ts';
import { tlsFaultOf } from '../base/tls-fault.ts';

export interface PostgresConnectionOptions {
  readonly url: string;
  /** What `pg_stat_activity` shows. */
  readonly applicationName: string;
  /** A statement that has waited for a lock so long fails. Default: it waits. */
  readonly lockTimeoutMs?: number;
}

/**
 * Lends a connection whose session reads and writes times in UTC.
 *
 * @throws TidemarkError ERR_POSTGRES_UNREACHABLE when there is no server, or no longer; ERR_PREREQUISITE when it refuses
 * the login or has no such database; ERR_TLS_REFUSED, ERR_SECRET_FILE; what `use` throws.
 */
export async function withPostgres<T>(
  { url, applicationName, lockTimeoutMs = 0 }: PostgresConnectionOptions,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const settings = `-c TimeZone=UTC -c DateStyle=ISO -c idle_session_timeout=0 -c lock_timeout=${lockTimeoutMs}`;
  const client = new pg.Client({
    // A connection may hold nothing but a lock for hours.
    ...postgresLogin(url, settings),
    application_name: applicationName,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  });
  // A connection that breaks between two queries says so here; the next query fails with the reason.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (cause) {
    throw connectTrouble(cause);
  }
  try {
    return await use(client);
  } catch (cause) {
    throw isLoss(cause) ? postgresTrouble(applicationName, cause) : cause;
  } finally {
    await client.end();
  }
}

/** Why there is no connection. */
export function connectTrouble(cause: unknown): TidemarkError {
  if (cause instanceof TidemarkError) return cause;
  const fault = tlsFaultOf(cause);
  if (fault !== undefined) {
    const { detail, remedy } = fault;
    return new TidemarkError('ERR_TLS_REFUSED', { detail: `connect: ${detail}`, remedy, cause });
  }
  const code = isLasting(cause) ? 'ERR_PREREQUISITE' : 'ERR_POSTGRES_UNREACHABLE';
  return new TidemarkError(code, { detail: `connect: ${reasonOf(cause)}`, cause });
}

/** SQLSTATE classes 28 (invalid authorization) and 3D (no such database): waiting does not help. */
function isLasting(error: unknown): boolean {
  const state = (error as { code?: unknown } | null)?.code;
  return typeof state === 'string' && /^(28...|3D...)$/.test(state);
}

/** SQLSTATE class 08 (connection exception) and what a server says that ends; sockets; and what `pg` says of either. */
function isLoss(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  if (typeof code === 'string') return /^(08...|57P0[1-3]|ECONNRESET|EPIPE|ETIMEDOUT)$/.test(code);
  return (
    typeof message === 'string' &&
    /^(Connection terminated|Client has encountered a connection error)/.test(message)
  );
}

/** SQLSTATE where waiting does not help, although the login was accepted. */
const LASTING: Readonly<Record<string, ErrorCode>> = {
  '42501': 'ERR_PREREQUISITE', // insufficient privilege
  '42P01': 'ERR_TABLE_INVALID', // undefined table
  '42703': 'ERR_TABLE_INVALID', // undefined column
};

/**
 * Gives what `pg` rejects with its place in the catalogue. What is not known to last is taken to pass: a broken
 * connection has many faces.
 */
export function postgresTrouble(step: string, cause: unknown): TidemarkError {
  if (cause instanceof TidemarkError) return cause;
  const state = (cause as { code?: unknown } | null)?.code;
  const code = (typeof state === 'string' && LASTING[state]) || 'ERR_POSTGRES_UNREACHABLE';
  return new TidemarkError(code, { detail: `${step}: ${reasonOf(cause)}`, cause });
}

/** Node gives the refusals of every address in one AggregateError without a message. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return error instanceof Error && error.message !== '' ? error.message : String(error);
}
