/** A place in an object store, as `s3://bucket/prefix?endpoint=…&region=…` names it. Never holds credentials. */
export interface S3Address {
  readonly bucket: string;
  /** What every key begins with: empty, or ends with `/`. */
  readonly prefix: string;
  /** Of another server than Amazon's; null leaves it to the SDK. */
  readonly endpoint: string | null;
  /** Null leaves it to the SDK's own settings. */
  readonly region: string | null;
  /** `host/bucket/key` instead of `bucket.host/key`. */
  readonly usesPathStyle: boolean;
}

const PARAMETERS: readonly string[] = ['endpoint', 'region', 'pathStyle'];
/** Amazon's rule, and `_`, which other servers take. */
const BUCKET = /^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/;
const REGION = /^[a-z0-9-]{1,63}$/;

/**
 * Reads an address.
 *
 * @returns what is wrong with it, in words that quote no secret, when it is none.
 */
export function parseS3Address(text: string): S3Address | { readonly problem: string } {
  if (!URL.canParse(text)) return { problem: 's3://bucket/prefix was expected' };
  const url = new URL(text);
  if (url.username !== '' || url.password !== '')
    return {
      problem: 'credentials do not belong in the address; give them by the environment or a profile of AWS',
    };
  if (url.protocol !== 's3:' || !BUCKET.test(url.hostname) || url.port !== '' || url.hash !== '')
    return { problem: 's3://bucket/prefix was expected, with the bucket in lower case' };
  const prefix = prefixOf(url.pathname);
  if (prefix === null) return { problem: 'the prefix has an empty or unreadable segment' };
  const names = [...url.searchParams.keys()];
  for (const [position, name] of names.entries()) {
    if (!PARAMETERS.includes(name))
      return { problem: `unknown parameter ${name}; known here: ${PARAMETERS.join(', ')}` };
    if (names.indexOf(name) !== position) return { problem: `the parameter ${name} stands there twice` };
  }
  const [endpoint = null, region = null, pathStyle = null] = PARAMETERS.map((name) =>
    url.searchParams.get(name),
  );
  if (endpoint !== null && !isEndpoint(endpoint))
    return { problem: 'endpoint must be http://host:port or https://host:port' };
  if (region !== null && !REGION.test(region)) return { problem: 'region must be one such as eu-central-1' };
  if (pathStyle !== null && !/^(true|false)$/.test(pathStyle))
    return { problem: 'pathStyle must be true or false' };
  return {
    bucket: url.hostname,
    prefix,
    endpoint,
    region,
    // Other servers seldom have a name in the DNS for each bucket.
    usesPathStyle: pathStyle === null ? endpoint !== null : pathStyle === 'true',
  };
}

function prefixOf(pathname: string): string | null {
  const path = pathname.replace(/^\//, '').replace(/\/$/, '');
  if (path === '') return '';
  try {
    const segments = path.split('/').map(decodeURIComponent);
    // eslint-disable-next-line no-control-regex -- a key with control characters cannot be listed in XML
    return segments.some((segment) => segment === '' || /^\.{1,2}$|[/\\\x00-\x1f]/.test(segment))
      ? null
      : `${segments.join('/')}/`;
  } catch {
    return null;
  }
}

function isEndpoint(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && `${username}${password}${search}${hash}` === '';
}
