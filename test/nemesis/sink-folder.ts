import { execFile } from 'node:child_process';
import { mkdir, statfs } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

const ROOM_BYTES = 4 * 1024 ** 3;
/** The kernel counts in pages; less than this it may not even grant for what is there. */
const LEFT_BYTES = 64 * 1024;
/** Read-only is refused while a file is open for writing, and a shard is written all the time. */
const REMOUNT_TRIES_MAX = 500;

/** The sink: a file system of its own, so that it can be full or read-only while the rest of the machine is not. */
export class SinkFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** @throws Error that says what is missing when this user may not mount. */
  static async mount(path: string): Promise<SinkFolder> {
    await mkdir(path, { recursive: true });
    try {
      await run('mount', ['-t', 'tmpfs', '-o', `size=${ROOM_BYTES}`, 'tidemark-nemesis', path]);
    } catch (cause) {
      throw new Error(
        `The sink's faults need a file system of their own, and this user may not mount one (mount -t tmpfs … ${path}).\n` +
          'Run as root, in a container for example; or leave them out: --only names the faults to use.',
        { cause },
      );
    }
    return new SinkFolder(path);
  }

  async unmount(): Promise<void> {
    await run('umount', ['--lazy', this.path]);
  }

  /** Leaves room for next to nothing. */
  async fill(): Promise<void> {
    const { bsize, blocks, bfree } = await statfs(this.path);
    await this.#remount(`size=${(blocks - bfree) * bsize + LEFT_BYTES}`);
  }

  async makeRoom(): Promise<void> {
    await this.#remount(`size=${ROOM_BYTES}`);
  }

  async makeReadOnly(): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#remount('ro');
      } catch (error) {
        if (tries === REMOUNT_TRIES_MAX) throw error;
        await delay(5);
      }
    }
  }

  async makeWritable(): Promise<void> {
    await this.#remount('rw');
  }

  async #remount(option: string): Promise<void> {
    await run('mount', ['-o', `remount,${option}`, this.path]);
  }
}
