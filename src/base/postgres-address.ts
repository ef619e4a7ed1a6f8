/** How a connection to Postgres is encrypted, in the words of libpq. */
export interface PostgresTls {
  readonly mode: 'require' | 'verify-ca' | 'verify-full';
  /** A file, `system` for the roots of the operating system, null when the URL names none. */
  readonly rootCert: string | null;
  readonly cert: string | null;
  readonly key: string | null;
  readonly keyPassword: string | null;
  readonly crl: string | null;
  /** TLS from the first byte (Postgres 17), without asking the server for it. */
  readonly isDirect: boolean;
}

/** What a postgres:// URL says. Null: `pg` has its own default, such as PGHOST. */
export interface PostgresAddress {
  readonly host: string | null;
  readonly port: number | null;
  readonly user: string | null;
  readonly password: string | null;
  /** Where the password is read from at each connection. */
  readonly passwordFile: string | null;
  readonly database: string | null;
  /** Settings of the session, as `-c name=value`. */
  readonly options: string | null;
  /** Null: nothing is encrypted. */
  readonly tls: PostgresTls | null;
}

/**
 * Carries `postgres.passwordFile` beside the URL, which is all that the stages are given. No user writes it: its name
 * must not look like that of a secret, since a path is none.
 */
export const PASSWORD_FILE_PARAMETER = 'pwfile';

/** Of libpq, what is understood here; anything else is refused, for an option that is passed over is a trap. */
const PARAMETERS: readonly string[] = [
  ...['host', 'port', 'user', 'password', 'dbname', 'options'],
  ...['sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'sslpassword', 'sslcrl', 'sslnegotiation'],
];

/** Said by URLs that others hand out, and true here without our doing. */
const GIVEN: Readonly<Record<string, readonly string[]>> = {
  channel_binding: ['disable', 'prefer'],
  gssencmode: ['disable', 'prefer'],
  uselibpqcompat: ['true'],
};

/**
 * Reads an address as libpq does.
 *
 * @returns what is wrong with it, in words that quote no secret, when it is none.
 */
export function parsePostgresAddress(text: string): PostgresAddress | { readonly problem: string } {
  if (!/^postgres(ql)?:\/\/./.test(text) || !URL.canParse(text))
    return { problem: 'a URL such as postgres://user:password@host:5432/database was expected' };
  const url = new URL(text);
  const problem = findUnknown(url.searchParams);
  if (problem !== null) return { problem };
  const get = (name: string): string | null => orNull(url.searchParams.get(name));
  const host = get('host') ?? orNull(decode(url.hostname).replace(/^\[(.+)\]$/, '$1'));
  const tls = parseTls(get, isSocket(host));
  if (tls !== null && 'problem' in tls) return tls;
  const port = get('port') ?? orNull(url.port);
  if (port !== null && !/^\d{1,5}$/.test(port)) return { problem: 'port must be a number' };
  const password = get('password') ?? orNull(decode(url.password));
  const passwordFile = get(PASSWORD_FILE_PARAMETER);
  return {
    host,
    port: port === null ? null : Number(port),
    user: get('user') ?? orNull(decode(url.username)),
    password: passwordFile === null ? password : null,
    passwordFile,
    database: get('dbname') ?? orNull(decode(url.pathname.slice(1))),
    options: get('options'),
    tls,
  };
}

function findUnknown(parameters: URLSearchParams): string | null {
  const seen = new Set<string>();
  for (const [name, value] of parameters) {
    if (seen.has(name)) return `the parameter ${name} stands there twice`;
    seen.add(name);
    if (name === 'ssl')
      return 'ssl is no parameter of libpq: say sslmode=verify-full, verify-ca, require or disable';
    const given = GIVEN[name];
    if (given !== undefined && !given.includes(value)) return `${name} can only be ${given.join(' or ')}`;
    if (given === undefined && name !== PASSWORD_FILE_PARAMETER && !PARAMETERS.includes(name))
      return `unknown parameter ${name}; known here: ${PARAMETERS.join(', ')}`;
  }
  return null;
}

/** On a socket of the machine libpq passes over sslmode: there is nobody in between. */
function parseTls(
  get: (name: string) => string | null,
  isOnSocket: boolean,
): PostgresTls | { readonly problem: string } | null {
  const rootCert = get('sslrootcert');
  const isDirect = get('sslnegotiation') === 'direct';
  const mode = get('sslmode') ?? (rootCert === 'system' ? 'verify-full' : 'disable');
  const problem = findTlsProblem({ mode, rootCert, negotiation: get('sslnegotiation') });
  if (problem !== null) return { problem };
  if (mode === 'disable' || isOnSocket) return null;
  const [cert, key] = [get('sslcert'), get('sslkey')];
  if ((cert === null) !== (key === null)) return { problem: 'sslcert and sslkey belong together' };
  return {
    mode: mode as PostgresTls['mode'],
    ...{ rootCert, cert, key, isDirect },
    keyPassword: get('sslpassword'),
    crl: get('sslcrl'),
  };
}

function findTlsProblem(said: {
  readonly mode: string;
  readonly rootCert: string | null;
  readonly negotiation: string | null;
}): string | null {
  const { mode, rootCert, negotiation } = said;
  if (mode === 'allow' || mode === 'prefer')
    return `sslmode=${mode} leaves it to whoever answers whether anything is encrypted; say verify-full, verify-ca, require or disable`;
  if (mode === 'no-verify') return 'sslmode=no-verify is called require, as libpq has it';
  if (!['disable', 'require', 'verify-ca', 'verify-full'].includes(mode))
    return 'sslmode must be disable, require, verify-ca or verify-full';
  if (rootCert === 'system' && mode !== 'verify-full')
    return `sslrootcert=system needs sslmode=verify-full: with ${mode} anybody with a certificate of a public authority could answer`;
  if (negotiation !== null && !['postgres', 'direct'].includes(negotiation))
    return 'sslnegotiation must be postgres or direct';
  if (negotiation === 'direct' && mode === 'disable')
    return 'sslnegotiation=direct needs sslmode=require or more';
  return null;
}

function isSocket(host: string | null): boolean {
  return host?.startsWith('/') === true;
}

function orNull(text: string | null): string | null {
  return text === '' ? null : text;
}

/** A percent sign that begins no escape stands for itself: passwords are often put in as they are. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text.replace(/%(?![0-9a-f]{2})/gi, '%25'));
  } catch {
    return text;
  }
}
