import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SIZE_BYTES = 24 * 1024 * 1024;

/**
 * A small ext4 file system of its own at a folder, which a test can fill, make read-only and freeze.
 *
 * @throws when this machine does not let us mount, with what is missing.
 */
export class SmallDisk {
  readonly folder: string;
  readonly #work: string;
  #frozen = false;

  private constructor(work: string) {
    this.#work = work;
    this.folder = join(work, 'disk');
  }

  /** @param work an empty folder, which {@link unmount} removes. */
  static mount(work: string): SmallDisk {
    const disk = new SmallDisk(work);
    const { folder } = disk;
    const image = join(work, 'image');
    mkdirSync(folder);
    writeFileSync(image, '');
    truncateSync(image, SIZE_BYTES);
    try {
      run('mkfs.ext4', '-q', '-F', '-m', '0', image);
      run('mount', '-o', 'loop', image, folder);
    } catch (cause) {
      throw new Error(
        'these tests mount a disk of their own: run them as root where loop devices are there (docker run --privileged), with e2fsprogs and mount installed',
        { cause },
      );
    }
    return disk;
  }

  /** Leaves room for so many bytes and no more. */
  fill(options: { readonly freeBytes: number }): void {
    const { bavail, bsize } = statfsSync(this.folder);
    run('fallocate', '-l', String(bavail * bsize - options.freeBytes), this.#ballast);
  }

  makeRoom(): void {
    rmSync(this.#ballast);
  }

  /** Fails when a file is open for writing. */
  remount(mode: 'ro' | 'rw'): void {
    run('mount', '-o', `remount,${mode}`, this.folder);
  }

  /** Every write waits, in the kernel and without an error, until {@link thaw}. */
  freeze(): void {
    run('fsfreeze', '-f', this.folder);
    this.#frozen = true;
  }

  thaw(): void {
    if (this.#frozen) run('fsfreeze', '-u', this.folder);
    this.#frozen = false;
  }

  /** To be called when nothing uses it any more; thaw before ending processes that may wait for it. */
  unmount(): void {
    this.thaw();
    // A call that was held, and given up, may be at its last bytes.
    run('umount', '--lazy', this.folder);
    rmSync(this.#work, { recursive: true });
  }

  get #ballast(): string {
    return join(this.folder, 'ballast');
  }
}

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
