import { randomBytes } from 'node:crypto';
import type { CleanupRoots } from './cleanup-roots.ts';
import { SourceFolder } from './source-folder.ts';

/** Files of one shard stand in few folders, or in thousands; descriptors are for the whole process. */
const FOLDERS_MAX = 16;

/** The folders that are at work, the one that was not asked for the longest is let go first. */
export class SourceFolders {
  readonly #roots: CleanupRoots;
  readonly #isLookedAtOnly: boolean;
  /** Tells our private folders from those of others, in this process or another one. */
  readonly #token = randomBytes(8).toString('hex');
  readonly #held = new Map<string, SourceFolder>();

  constructor(options: { readonly roots: CleanupRoots; readonly isLookedAtOnly: boolean }) {
    this.#roots = options.roots;
    this.#isLookedAtOnly = options.isLookedAtOnly;
  }

  async folderAt(path: string): Promise<SourceFolder | 'missing' | 'outside'> {
    const held = this.#held.get(path);
    if (held !== undefined) {
      this.#held.delete(path);
      this.#held.set(path, held);
      return held;
    }
    const opened = await SourceFolder.open({ path, token: this.#token, roots: this.#roots });
    if (typeof opened === 'string') return opened;
    this.#held.set(path, opened);
    if (this.#held.size > FOLDERS_MAX) await this.#letGo(this.#held.keys().next().value!);
    return opened;
  }

  /** Makes durable what was done in all of them. */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (const path of [...this.#held.keys()])
      await this.#letGo(path).catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  }

  async #letGo(path: string): Promise<void> {
    const folder = this.#held.get(path);
    this.#held.delete(path);
    await (this.#isLookedAtOnly ? folder?.release() : folder?.close());
  }
}
