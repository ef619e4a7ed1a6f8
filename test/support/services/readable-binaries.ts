import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import path from 'node:path';
import { canRead } from './server-owner.ts';
import type { Owner } from './server-owner.ts';

export interface ReadableBinariesOptions {
  /** Folder with `bin/postgres`. */
  readonly installed: string;
  readonly owner: Owner | null;
  /** Of the owner; for the copy. */
  readonly folder: string;
}

/** @returns `installed`, or a copy of it (60 MB) when `owner` cannot read what root has, say under /root. */
export function readableBinaries(options: ReadableBinariesOptions): string {
  const { installed, owner, folder } = options;
  if (owner === null || canRead(owner, path.join(installed, 'bin'))) return installed;
  const copy = path.join(folder, 'native');
  cpSync(installed, copy, { recursive: true, verbatimSymlinks: true });
  // The owner removes it at the end: see keeper.sh.
  const chown = spawnSync('chown', ['-R', `${owner.uid}:${owner.gid}`, copy], { encoding: 'utf8' });
  if (chown.status !== 0) throw new Error(`chown failed: ${chown.stderr}`);
  return copy;
}
