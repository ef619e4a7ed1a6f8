import { realpath, stat } from 'node:fs/promises';
import { messageOf, TidemarkError } from '../../base/errors.ts';

/** The folders that source files must lie in, with what they were when they were first looked at. */
export interface Roots {
  /** Without links; the only ones that a worker compares with. */
  readonly paths: readonly string[];
  readonly identities: readonly string[];
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
  for (const root of configured) {
    try {
      const path = await realpath(root);
      paths.push(path);
      identities.push(await identityOf(path));
    } catch (cause) {
      const reason = messageOf(cause);
      throw new TidemarkError('ERR_SOURCE_UNAVAILABLE', { detail: `source root ${root}: ${reason}`, cause });
    }
  }
  return { paths, identities };
}

/**
 * To be asked before missing files are believed to be missing.
 *
 * @throws TidemarkError ERR_SOURCE_UNAVAILABLE when a root is no longer the folder that it was.
 */
export async function assertRootsUnchanged(roots: Roots): Promise<void> {
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
