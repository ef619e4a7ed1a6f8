import type { S3Address } from '../../base/s3-address.ts';
import type { SourceProblem } from './source-problem.ts';

export const SCHEME = 's3://';
/** S3's own limit, in UTF-8. */
const KEY_BYTES_MAX = 1_024;

/** An object that a row names, below one of the allowed prefixes. */
export interface ObjectPlace {
  /** The root that it lies below, by its position among them. */
  readonly root: number;
  readonly key: string;
}

/** True for a location that names an object, allowed or not; never a path. */
export function isObjectLocation(location: string): boolean {
  return location.startsWith(SCHEME);
}

/**
 * Which object a location means, by its text alone: what stands behind `s3://bucket/` is the key, literally, as
 * Amazon's own tools print it (decision 0125). Server and region are the root's, never the row's.
 *
 * @param roots the first one that the key lies below is taken.
 */
export function objectPlace(location: string, roots: readonly S3Address[]): ObjectPlace | SourceProblem {
  const slash = location.indexOf('/', SCHEME.length);
  if (slash < 0) return OUTSIDE;
  const bucket = location.slice(SCHEME.length, slash);
  const key = location.slice(slash + 1);
  if (key.includes('\0')) return { reason: 'file_missing', detail: 'no key holds a NUL' };
  if (/\p{Surrogate}/u.test(key))
    return { reason: 'file_missing', detail: 'no key holds half a surrogate pair' };
  // To S3 they are names like others; a server or proxy that resolves them would lead out of the prefix.
  if (key.split('/').some((segment) => segment === '.' || segment === '..')) return OUTSIDE;
  const root = roots.findIndex(
    (address) => address.bucket === bucket && key.startsWith(address.prefix) && key !== '',
  );
  if (root < 0) return OUTSIDE;
  if (key.endsWith('/')) return { reason: 'file_not_regular', detail: 'the key of a folder' };
  if (Buffer.byteLength(key) > KEY_BYTES_MAX)
    return { reason: 'file_missing', detail: `no key is longer than ${KEY_BYTES_MAX} bytes` };
  return { root, key };
}

const OUTSIDE: SourceProblem = { reason: 'file_outside_roots', detail: 'below no s3:// root' };
