import { realpath, stat } from 'node:fs/promises';
import { parseS3Address } from '../../base/s3-address.ts';
import type { S3Address } from '../../base/s3-address.ts';
import { messageOf, TidemarkError } from '../../base/errors.ts';
import { isObjectLocation } from './object-place.ts';

/** The folders that source files must lie in, with what they were when they were first looked at. */
export interface FolderRoots {
  /** Without links; the only ones that a worker compares with. */
  readonly paths: readonly string[];
  readonly identities: readonly string[];
}

/** The places that source files must lie in. */
export interface Roots extends FolderRoots {
  /** Prefixes of buckets. */
  readonly buckets: readonly S3Address[];
}

/**
 * Resolves the configured roots.
 *
 * @throws TidemarkError ERR_SOURCE_UNAVAILABLE when one is missing: without this, an unmounted disk would turn
 * every row into a reject.
 */
export async function resolveRoots(configured: readonly string[]): Promise<Roots> {
  const paths: string[] = [];
  const identities: string[] = [];
  const buckets: S3Address[] = [];
  for (const root of configured) {
    if (isObjectLocation(root)) {
      buckets.push(bucketOf(root));
      continue;
    }
    try {
      const path = await realpath(root);
      paths.push(path);
      identities.push(await identityOf(path));
    } catch (cause) {
      const reason = messageOf(cause);
      throw new TidemarkError('ERR_SOURCE_UNAVAILABLE', { detail: `source root ${root}: ${reason}`, cause });
    }
  }
  return { paths, identities, buckets };
}

/** Whether a bucket is there is said by each of its answers; a missing object is never taken for it. */
function bucketOf(root: string): S3Address {
  const address = parseS3Address(root);
  if ('problem' in address)
    throw new TidemarkError('ERR_CONFIG_INVALID', { detail: `source.roots: ${address.problem}` });
  return address;
}

/**
 * To be asked before missing files are believed to be missing.
 *
 * @throws TidemarkError ERR_SOURCE_UNAVAILABLE when a root is no longer the folder that it was.
 */
export async function assertRootsUnchanged(roots: FolderRoots): Promise<void> {
  const now = await resolveRoots(roots.paths);
  roots.paths.forEach((path, i) => {
    if (now.identities[i] !== roots.identities[i])
      throw new TidemarkError('ERR_SOURCE_UNAVAILABLE', {
        detail: `source root ${path} is not the folder that it was when this process began`,
        remedy: 'Mount the root again; if it was replaced on purpose, restart the process.',
      });
  });
}

async function identityOf(path: string): Promise<string> {
  const { dev, ino } = await stat(path, { bigint: true });
  return `${dev}:${ino}`;
}

/** True when a resolved path lies below one of the resolved roots; `/data2/x` does not lie below `/data`. */
export function isBelowRoot(path: string, roots: readonly string[]): boolean {
  return roots.some((root) =>
    root === '/' ? path.startsWith('/') : path.startsWith(root) && path.charCodeAt(root.length) === 0x2f,
  );
}

/** The same for a folder that may hold files: a root itself counts too. */
export function isRootOrBelow(path: string, roots: readonly string[]): boolean {
  return roots.includes(path) || isBelowRoot(path, roots);
}
