import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { lstat, mkdir, open, readdir, rename, rmdir } from 'node:fs/promises';
import { systemCode } from '../sink-fault.ts';

/** Beside the source files. What stands in it was set aside and not settled yet. */
export const PRIVATE_NAME = '.tidemark-cleanup';

const O_FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** Others may remove an empty folder between our making and our opening it. */
const TRIES = 20;

/** The way to a name in an open folder, whatever becomes of the folder's path: Node has no openat(2). */
export function within(folder: FileHandle, name: string): string {
  return `/proc/self/fd/${folder.fd}/${name}`;
}

/** Opens a folder, never through a link. @returns undefined when there is none of this name. */
async function openFolder(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, O_FOLDER);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(systemCode(error) ?? '')) return undefined;
    throw error;
  }
}

/**
 * `.tidemark-cleanup/<token>/` beside source files: what is taken from its name stands here under the same name, until
 * it is compared and removed, or put back. Whoever works on a shard has a token of its own, so that no two put files of
 * one name into one folder; whoever wants what another one has left takes it with one rename.
 */
export class PrivateFolder {
  readonly #all: FileHandle;
  readonly #own: FileHandle;
  readonly #token: string;

  private constructor(parts: { all: FileHandle; own: FileHandle; token: string }) {
    this.#all = parts.all;
    this.#own = parts.own;
    this.#token = parts.token;
  }

  /** @param parent the folder of the source files. */
  static async make(parent: FileHandle, token: string): Promise<PrivateFolder> {
    for (let tries = 1; ; tries++) {
      await makeIfMissing(within(parent, PRIVATE_NAME));
      const all = await openFolder(within(parent, PRIVATE_NAME));
      if (all !== undefined) {
        const own = await makeOwn(all, token).catch(async (error: unknown) => {
          await all.close();
          throw error;
        });
        if (own !== undefined) return new PrivateFolder({ all, own, token });
        await all.close();
      }
      if (tries === TRIES)
        throw Object.assign(new Error(`${PRIVATE_NAME} cannot be made, or is no folder`), { code: 'EEXIST' });
    }
  }

  pathOf(name: string): string {
    return within(this.#own, name);
  }

  /** Takes a file that another process has set aside. @returns false when it is no longer there. */
  async takeOver(name: string, token: string): Promise<boolean> {
    const other = await openFolder(within(this.#all, token));
    if (other === undefined) return false;
    try {
      await rename(within(other, name), this.pathOf(name));
      await removeIfEmpty(within(this.#all, token));
      return true;
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return false;
      throw error;
    } finally {
      await other.close();
    }
  }

  /** Lets go of it; what waits in it for its next try is made durable there. */
  async close(): Promise<void> {
    try {
      if (!(await removeIfEmpty(within(this.#all, this.#token)))) await this.#own.sync();
    } finally {
      await this.#own.close();
      await this.#all.close();
    }
  }
}

/**
 * Removes private folders with nothing in them, ours and those of killed processes, and the one around them; syncs that
 * when it must stay. A process that was about to use an empty one makes it anew.
 */
export async function removeEmptyFolders(parent: FileHandle): Promise<void> {
  const all = await openFolder(within(parent, PRIVATE_NAME));
  if (all === undefined) return;
  try {
    for (const token of await readdir(within(all, '.'))) await removeIfEmpty(within(all, token));
    if (!(await removeIfEmpty(within(parent, PRIVATE_NAME)))) await all.sync();
  } finally {
    await all.close();
  }
}

/** Tokens of the processes, living or dead, that have set a file of this name aside and not settled it. */
export async function tokensHolding(parent: FileHandle, name: string): Promise<string[]> {
  const all = await openFolder(within(parent, PRIVATE_NAME));
  if (all === undefined) return [];
  try {
    const tokens: string[] = [];
    for (const token of (await readdir(within(all, '.'))).sort()) {
      const folder = await openFolder(within(all, token));
      if (folder === undefined) continue;
      if (await isThere(within(folder, name)).finally(() => folder.close())) tokens.push(token);
    }
    return tokens;
  } finally {
    await all.close();
  }
}

async function makeOwn(all: FileHandle, token: string): Promise<FileHandle | undefined> {
  try {
    await makeIfMissing(within(all, token));
  } catch (error) {
    // Somebody has removed the folder around it, which was empty.
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  return await openFolder(within(all, token));
}

async function makeIfMissing(path: string): Promise<void> {
  try {
    await mkdir(path, 0o700);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** @returns false when something is in it, or it is no folder. */
async function removeIfEmpty(path: string): Promise<boolean> {
  try {
    await rmdir(path);
    return true;
  } catch (error) {
    const code = systemCode(error) ?? '';
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR', 'EBUSY'].includes(code)) throw error;
    return code === 'ENOENT';
  }
}
