import type { Environment } from './interpolate.ts';

/** The variables of libpq that say how to encrypt; `psql` beside us would go by them. */
const VARIABLES: Readonly<Record<string, string>> = {
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  sslcrl: 'PGSSLCRL',
  sslnegotiation: 'PGSSLNEGOTIATION',
};

/** The file's value with what the environment says of TLS in `postgres.url`, where that says nothing of it itself. */
export function withTlsEnvironment(file: unknown, env: Environment): unknown {
  const holder = (file as { postgres?: { url?: unknown } } | null | undefined)?.postgres;
  const text = holder?.url;
  if (typeof text !== 'string' || !URL.canParse(text)) return file;
  const url = new URL(text);
  const found = Object.entries(VARIABLES).flatMap(([name, variable]) => {
    const value = env[variable];
    return value === undefined || value === '' || url.searchParams.has(name) ? [] : [{ name, value }];
  });
  if (found.length === 0) return file;
  for (const { name, value } of found) url.searchParams.set(name, value);
  return { ...(file as object), postgres: { ...holder, url: url.href } };
}
