import { chmodSync, chownSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { canRead, canWrite } from './server-owner.ts';
import type { Owner } from './server-owner.ts';

export interface DataFolder {
  readonly path: string;
  /** False for a folder that the caller named: it is kept, and used again by the next start. */
  readonly temporary: boolean;
}

/**
 * A folder for one server's data, readable by `owner`.
 *
 * @param options.dataDir the caller's folder for servers; without it a temporary folder is made.
 * @throws Error when `owner` cannot reach any place for it.
 */
export function makeDataFolder(options: {
  readonly name: string;
  readonly dataDir?: string | undefined;
  readonly owner: Owner | null;
}): DataFolder {
  const temporary = options.dataDir === undefined;
  const folder = temporary ? makeTemporary(options) : path.resolve(options.dataDir, options.name);
  mkdirSync(folder, { recursive: true });
  if (options.owner !== null) chownSync(folder, options.owner.uid, options.owner.gid);
  chmodSync(folder, 0o700);
  if (!canRead(options.owner, folder))
    throw new Error(
      `${folder} cannot be reached by uid ${options.owner?.uid}: make its parents executable for others`,
    );
  return { path: folder, temporary };
}

/** A TMPDIR of root's own is of no use to the user that Postgres runs as, who also removes the folder at the end. */
function makeTemporary(options: { readonly name: string; readonly owner: Owner | null }): string {
  const parents = [tmpdir(), '/tmp', '/var/tmp'];
  const parent = parents.find((candidate) => canWrite(options.owner, candidate));
  if (parent === undefined)
    throw new Error(`none of ${parents.join(', ')} can be written by uid ${options.owner?.uid}; set TMPDIR`);
  return mkdtempSync(path.join(parent, `tidemark-${options.name}-`));
}
