import { statfsSync } from 'node:fs';
import type { Stats } from 'node:fs';

/**
 * Magic numbers of file systems whose `ctime` this kernel sets by its own clock: ext2/3/4, XFS, btrfs, tmpfs, ZFS,
 * F2FS. Elsewhere (NFS, CIFS, FUSE, 9p) a server does, and overlayfs passes on what lies below it.
 */
const BY_OWN_CLOCK = new Set([0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x2fc12fc1, 0xf2f52010]);

/**
 * A change so much older than a moment cannot have come after it: ext4 with small inodes counts whole seconds, and the
 * kernel's coarse clock is a few milliseconds behind.
 */
const MARGIN_MS = 2_000;
/** What the clock may be adjusted by within a task; less than what the margin leaves. */
const STEP_MAX_MS = 500;

/** True when the times of the files of this file system can be compared with the clock. */
export function hasKernelTimes(path: string): boolean {
  return BY_OWN_CLOCK.has(statfsSync(path).type);
}

/**
 * A moment, and which files nothing has touched since: whoever writes to a file, cuts, renames or removes it, or sets
 * its times, sets its ctime to the kernel's clock, and nobody can set it to anything else.
 */
export class Moment {
  readonly #wallMs = Date.now();
  readonly #offsetMs = this.#wallMs - performance.now();

  /** True when the status, taken later, shows a file that did not change between this moment and then. */
  isUntouched(status: Stats): boolean {
    return status.ctimeMs < this.#wallMs - MARGIN_MS;
  }

  /** False when the clock was set since: then no answer of {@link isUntouched} counts. */
  isClockSteady(): boolean {
    return Math.abs(Date.now() - performance.now() - this.#offsetMs) < STEP_MAX_MS;
  }
}
