import { randomBytes } from 'node:crypto';
import { link, lstat, rename, unlink } from 'node:fs/promises';
import { systemCode } from '../sink-fault.ts';
import type { SourceFolder } from './source-folder.ts';

/** With what is added, below the 255 bytes that a name may have, whatever its characters. */
const CHARACTERS_KEPT = 50;

/**
 * Gives what was taken away its name back. When another file has that name by now, neither may be lost: what was taken
 * away stays beside it as `….tidemark-kept-…`.
 */
export async function putBack(file: {
  readonly folder: SourceFolder;
  readonly name: string;
  readonly aside: string;
}): Promise<void> {
  const { folder, name, aside } = file;
  if (await giveName(aside, folder.at(name))) return;
  const beside = `${[...name].slice(0, CHARACTERS_KEPT).join('')}.tidemark-kept-${randomBytes(6).toString('hex')}`;
  if (!(await giveName(aside, folder.at(beside))))
    throw Object.assign(new Error('no free name was found'), { code: 'EEXIST' });
}

/** @returns false when another file has the name. */
async function giveName(aside: string, target: string): Promise<boolean> {
  const status = await lstat(aside);
  // A folder cannot be linked, and a rename of it replaces nothing but an empty folder.
  if (status.isDirectory()) return await renameTo(aside, target);
  try {
    // A link fails when the name is taken, where a rename would overwrite in silence.
    await link(aside, target);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EEXIST') {
      const other = await statusOf(target);
      const isSame = other?.ino === status.ino && other.dev === status.dev;
      if (!isSame) return false;
    } else if (code === 'EPERM') {
      // Another one's file, which took the name after we had tried: the system lets us rename it, but not link it.
      return (await statusOf(target)) === undefined && (await renameTo(aside, target));
    } else throw error;
  }
  await unlink(aside);
  return true;
}

async function renameTo(aside: string, target: string): Promise<boolean> {
  try {
    await rename(aside, target);
    return true;
  } catch (error) {
    if (['EEXIST', 'ENOTEMPTY', 'ENOTDIR'].includes(systemCode(error) ?? '')) return false;
    throw error;
  }
}

async function statusOf(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
