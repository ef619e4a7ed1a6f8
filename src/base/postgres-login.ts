import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { TidemarkError } from './errors.ts';
import { parsePostgresAddress } from './postgres-address.ts';
import type { PostgresTls } from './postgres-address.ts';
import { readSecretFile } from './secret-file.ts';
import { secureContextOf } from './tls-files.ts';

/** What `pg` is told of a server, and nothing that it would read from the URL in its own way. */
export interface PostgresLogin {
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
  readonly options?: string;
  readonly ssl: false | ConnectionOptions;
  readonly sslnegotiation: 'postgres' | 'direct';
}

/**
 * Makes a login of the URL, for one connection: files are read now. `pg` itself takes `require` and `verify-ca` for
 * `verify-full` and announces to change that; here the modes mean what libpq says
 * (docs/decisions/0145-sslmode-means-what-libpq-says.md).
 *
 * @param settings of the session, as `-c name=value`; they stand behind those of the URL and have the last word.
 * @throws TidemarkError ERR_CONFIG_INVALID, ERR_SECRET_FILE.
 */
export function postgresLogin(url: string, settings = ''): PostgresLogin {
  const address = parsePostgresAddress(url);
  if ('problem' in address)
    throw new TidemarkError('ERR_CONFIG_INVALID', { detail: `postgres.url: ${address.problem}` });
  const { host, port, user, passwordFile, database, tls } = address;
  const password = passwordFile === null ? address.password : readSecretFile(passwordFile);
  const options = [address.options ?? '', settings].filter((part) => part !== '').join(' ');
  return {
    ...(host === null ? {} : { host }),
    ...(port === null ? {} : { port }),
    ...(user === null ? {} : { user }),
    ...(password === null ? {} : { password }),
    ...(database === null ? {} : { database }),
    ...(options === '' ? {} : { options }),
    ssl: tls === null ? false : tlsOptions(tls),
    sslnegotiation: tls?.isDirect === true ? 'direct' : 'postgres',
  };
}

function tlsOptions(tls: PostgresTls): ConnectionOptions {
  const ca = rootsOf(tls);
  const { cert, key, keyPassword, crl } = tls;
  return {
    secureContext: secureContextOf({ ca, cert, key, keyPassword, crl }),
    rejectUnauthorized: ca !== null,
    ...(tls.mode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
  };
}

/** Whose certificates count; null asks for none. As with libpq, `require` looks when there are roots to look with. */
function rootsOf({ mode, rootCert }: PostgresTls): string | null {
  if (rootCert !== null) return rootCert;
  const usual = join(homedir(), '.postgresql', 'root.crt');
  if (existsSync(usual)) return usual;
  if (mode === 'require') return null;
  throw new TidemarkError('ERR_SECRET_FILE', {
    detail: `sslmode=${mode} needs roots to verify with, and neither sslrootcert is given nor is there a ${usual}`,
    remedy:
      'Name the certificate of the authority in postgres.url (sslrootcert=/path/ca.crt), or with verify-full take those of the system (sslrootcert=system).',
  });
}
