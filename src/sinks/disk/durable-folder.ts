import { mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCode } from '../sink-fault.ts';

/** Folders that this process knows to be durable, and how many of them it remembers. */
const durable = new Set<string>();
const DURABLE_MAX = 10_000;

/**
 * Makes a folder with its parents; each new name in a parent is synced, so that a power cut cannot take it back. A folder
 * that is there is not trusted at first: its maker may have been killed before it synced.
 *
 * @param root the sink's folder, up to which names are synced.
 */
export async function makeFolderDurably(path: string, root: string): Promise<void> {
  const missing: string[] = [];
  for (let at = path; !(await isFolder(at)); at = dirname(at)) missing.push(at);
  for (const folder of missing.reverse()) {
    try {
      await mkdir(folder);
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
    }
    await syncFolder(dirname(folder));
  }
  if (durable.has(path)) return;
  if (path !== root) await syncUpTo(root, dirname(path));
  if (durable.size >= DURABLE_MAX) durable.clear();
  durable.add(path);
}

/** Syncs a folder and its parents, the root last. */
export async function syncUpTo(root: string, folder: string): Promise<void> {
  for (let at = folder; ; at = dirname(at)) {
    await syncFolder(at);
    if (at === root || at === dirname(at)) return;
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    const status = await stat(path);
    if (!status.isDirectory()) throw Object.assign(new Error(`not a folder: ${path}`), { code: 'ENOTDIR' });
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Writes a folder's list of names to the disk. */
export async function syncFolder(path: string): Promise<void> {
  await syncFile(path);
}

/** Writes what the system still holds of a file to the disk, whoever wrote it. */
export async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
