import { constants } from 'node:fs';
import { link, open, readlink, rename, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { systemCode } from '../sink-fault.ts';
import { cleanableRoot } from './cleanup-roots.ts';
import type { CleanupRoots } from './cleanup-roots.ts';
import { PrivateFolder, removeEmptyFolders, tokensHolding, within } from './private-folder.ts';

/** The path leads to no folder. */
const NO_FOLDER: readonly string[] = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP'];

/**
 * A folder of source files, held open: what is done to its files is done in it, and nowhere else, whatever becomes of
 * its path meanwhile. Links on the way to it are followed, and where they have led is judged by what the kernel says.
 */
export class SourceFolder {
  readonly #handle: FileHandle;
  readonly #token: string;
  /** Where it lies. */
  readonly path: string;
  /** The root that allows it. */
  readonly root: string;
  #private: PrivateFolder | undefined;

  private constructor(parts: { handle: FileHandle; token: string; path: string; root: string }) {
    this.#handle = parts.handle;
    this.#token = parts.token;
    this.path = parts.path;
    this.root = parts.root;
  }

  /** @throws system errors that may pass, such as EACCES or EMFILE. */
  static async open(options: {
    readonly path: string;
    readonly token: string;
    readonly roots: CleanupRoots;
  }): Promise<SourceFolder | 'missing' | 'outside'> {
    const { token, roots } = options;
    let handle: FileHandle;
    try {
      handle = await open(options.path, constants.O_RDONLY | constants.O_DIRECTORY);
    } catch (error) {
      if (NO_FOLDER.includes(systemCode(error) ?? '')) return 'missing';
      throw error;
    }
    try {
      const path = await whereIs(handle);
      const root = cleanableRoot(path, roots);
      if (root !== undefined) return new SourceFolder({ handle, token, path, root });
    } catch (error) {
      await handle.close();
      throw error;
    }
    await handle.close();
    return 'outside';
  }

  /** The way to one of its files. */
  at(name: string): string {
    return within(this.#handle, name);
  }

  /** Takes a file away from its name. @returns the way to it; undefined when nothing is there any more. */
  async setAside(name: string): Promise<string | undefined> {
    // Taken out of the root meanwhile, it may hold what nobody has allowed us to touch.
    if ((await whereIs(this.#handle)) !== this.path)
      throw Object.assign(new Error('the folder was moved'), { code: 'EBUSY' });
    const aside = (await this.#open()).pathOf(name);
    try {
      // What cannot be linked could not be put back without the danger of overwriting something: found out before.
      await link(this.at(name), aside);
      await unlink(aside);
      await rename(this.at(name), aside);
      return aside;
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
      // The file is gone, or our folder, which was empty: it is made anew for the next try.
      await this.#private?.close();
      this.#private = undefined;
      return undefined;
    }
  }

  /**
   * Files of this name that were set aside by a process that did not come to settle them, one after the other. Whoever
   * asks must settle one before asking for the next.
   */
  async *strays(name: string): AsyncGenerator<string> {
    for (const token of await tokensHolding(this.#handle, name)) {
      const own = await this.#open();
      if (token === this.#token || (await own.takeOver(name, token))) yield own.pathOf(name);
    }
  }

  /** True while some process has a file of this name aside. */
  async hasStrays(name: string): Promise<boolean> {
    return (await tokensHolding(this.#handle, name)).length > 0;
  }

  /** Makes durable what was done in it. */
  async close(): Promise<void> {
    try {
      await this.#private?.close();
      await removeEmptyFolders(this.#handle);
      await this.#handle.sync();
    } finally {
      await this.#handle.close();
    }
  }

  /** Lets go of one in which nothing was done. */
  release(): Promise<void> {
    return this.#handle.close();
  }

  async #open(): Promise<PrivateFolder> {
    this.#private ??= await PrivateFolder.make(this.#handle, this.#token);
    return this.#private;
  }
}

/** Without links, as the kernel says it. */
function whereIs(folder: FileHandle): Promise<string> {
  return readlink(`/proc/self/fd/${folder.fd}`);
}
