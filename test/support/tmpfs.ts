import { execFile } from 'node:child_process';
import { mkdtemp, open, rm, rmdir, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A small file system of a test's own, which can be filled. */
export class Tmpfs {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** @throws Error that says what is missing when this process may not mount. */
  static async mount(options: { sizeMiB: number }): Promise<Tmpfs> {
    const folder = await mkdtemp(join(tmpdir(), 'tidemark-tmpfs-'));
    try {
      await run('mount', ['-t', 'tmpfs', '-o', `size=${options.sizeMiB}m`, 'tmpfs', folder]);
    } catch (cause) {
      await rmdir(folder);
      const remedy = 'run the tests as root, or in a container with --cap-add SYS_ADMIN';
      throw new Error(`a disk that is full cannot be tried without the right to mount a tmpfs: ${remedy}`, {
        cause,
      });
    }
    return new Tmpfs(folder);
  }

  /** Leaves not one block. @returns what makes room again. */
  async fill(): Promise<() => Promise<void>> {
    const path = join(this.folder, 'filler');
    const file = await open(path, 'w');
    const { bavail, bsize } = await statfs(this.folder);
    const block = Buffer.alloc(bsize);
    try {
      for (let left = bavail; left > 0; left--) await file.write(block);
    } catch (error) {
      // Somebody else took the last blocks: full is full.
      if ((error as { code?: unknown }).code !== 'ENOSPC') throw error;
    } finally {
      await file.close();
    }
    return () => rm(path);
  }

  async unmount(): Promise<void> {
    await run('umount', ['--lazy', this.folder]);
    await rmdir(this.folder);
  }
}
