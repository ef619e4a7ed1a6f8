import { closeSync, constants, fstatSync, openSync, readlinkSync } from 'node:fs';
import { hasKernelTimes } from './kernel-times.ts';
import { isRootOrBelow } from './roots.ts';
import { O_READ } from './source-file.ts';

/** A folder that is held open, so that its files are opened through it and not by their whole path. */
export interface HeldFolder {
  readonly fd: number;
  /** Where the kernel said that it lies. */
  readonly path: string;
  /** Leads to its files, whatever becomes of its path: `/proc/<pid>/fd/<fd>/`. */
  readonly prefix: string;
  /** Its device when the times of its files can be compared with the clock. A file of another one is a mount. */
  readonly timedDevice: number | null;
}

/** `/proc/self` without its link, which would be followed for each file. */
const OWN_PROCESS = linkOf('/proc/self') === String(process.pid) ? `/proc/${process.pid}` : '/proc/self';

/** A task may meet thousands of folders; descriptors are for the whole process. */
const FOLDERS_MAX = 16;

/**
 * The folders of one task's files. One with several of them is opened once and proved to lie below a root once; its
 * files are then opened through it (folder-files.ts), where no link and no renamed parent can lead elsewhere. That
 * takes one system call where openSource takes three. Whatever is not plainly a regular file goes through openSource,
 * which decides what it is.
 *
 * The one difference: a device or FIFO is opened (never blocking) before it is refused, and a device may be read.
 */
export class SourceFolders {
  readonly #roots: readonly string[];
  /** By the text before a location's last slash; null after its first file, or when it cannot be held. */
  readonly #folders = new Map<string, HeldFolder | null>();
  #lastText = '';
  #last: HeldFolder | null = null;
  #held = 0;

  constructor(roots: readonly string[]) {
    this.#roots = roots;
  }

  /** To be asked once for each file. @returns null when it must be reached by its whole path. */
  folderOf(location: string | null): HeldFolder | null {
    const slash = location === null ? -1 : location.lastIndexOf('/');
    if (location === null || slash <= 0 || location.charCodeAt(0) !== 0x2f || process.platform !== 'linux')
      return null;
    const folder = this.#folderAt(location.slice(0, slash));
    const name = location.slice(slash + 1);
    return name === '' || name === '.' || name === '..' ? null : folder;
  }

  /**
   * Lets go of the folders.
   *
   * @returns false when one of them no longer lies where it lay: what was opened through it may have left the
   * roots, so the task must be done again, file by file.
   */
  close(): boolean {
    let stayed = true;
    for (const folder of this.#folders.values()) {
      if (folder === null) continue;
      stayed &&= pathOf(folder.fd) === folder.path;
      closeSync(folder.fd);
    }
    this.#folders.clear();
    return stayed;
  }

  #folderAt(text: string): HeldFolder | null {
    if (text === this.#lastText) {
      if (this.#last !== null) return this.#last;
    } else {
      this.#lastText = text;
      this.#last = this.#folders.get(text) ?? null;
      if (this.#last !== null) return this.#last;
    }
    // To hold a folder pays from its second file on.
    const second = this.#folders.has(text);
    this.#last = second && this.#held < FOLDERS_MAX ? hold(text, this.#roots) : null;
    if (this.#last !== null) this.#held++;
    this.#folders.set(text, this.#last);
    return this.#last;
  }
}

/** @returns null when it cannot be held or lies outside; what its files are is then found file by file. */
function hold(text: string, roots: readonly string[]): HeldFolder | null {
  let fd: number;
  try {
    fd = openSync(text, O_READ | constants.O_DIRECTORY);
  } catch {
    // Missing, forbidden, no folder: openSource says it of each file, with the reason.
    return null;
  }
  const path = pathOf(fd);
  if (path !== null && isRootOrBelow(path, roots)) {
    const folder = { fd, path, prefix: `${OWN_PROCESS}/fd/${fd}/` };
    return { ...folder, timedDevice: timedDeviceOf(folder) };
  }
  closeSync(fd);
  return null;
}

function pathOf(fd: number): string | null {
  return linkOf(`/proc/self/fd/${fd}`);
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    // No /proc: then no folder is held.
    return null;
  }
}

function timedDeviceOf({ fd, path, prefix }: Omit<HeldFolder, 'timedDevice'>): number | null {
  // What lies there is looked at before it is read.
  if (isRootOrBelow(path, ['/dev'])) return null;
  try {
    return hasKernelTimes(prefix) ? fstatSync(fd).dev : null;
  } catch {
    // A file system that does not say what it is: its files are looked at before and after.
    return null;
  }
}
