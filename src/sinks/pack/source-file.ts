import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  readlinkSync,
  realpathSync,
  statSync,
} from 'node:fs';
import type { Stats } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { isObjectLocation } from './object-place.ts';
import { isBelowRoot } from './roots.ts';
import { lastingProblem } from './source-problem.ts';
import type { SourceProblem } from './source-problem.ts';

/** A regular file below a root, open for reading. */
export interface SourceFile {
  readonly fd: number;
  readonly sizeBytes: number;
  /** From before the reading: which file this is and when it last changed. */
  readonly status: Stats;
}

/** Linux's flag to hold a file without opening it; Node does not name it. */
const O_PATH = 0o10000000;
const O_CLOEXEC = 0o2000000;
const OUTSIDE = 'resolves outside of every root';
/** Opens for reading without ever waiting for a FIFO's writer or taking a terminal. */
export const O_READ =
  constants.O_RDONLY |
  (constants.O_NONBLOCK ?? 0) |
  (constants.O_NOCTTY ?? 0) |
  (process.platform === 'linux' ? O_CLOEXEC : 0);

/**
 * Opens a source file so that no race, link or `..` can make it read anything but a regular file below a root.
 *
 * @param location `file_location` of the row; a relative one is taken only when there is exactly one root.
 * @throws system errors that may pass, such as EIO or EMFILE.
 */
export function openSource(location: string | null, roots: readonly string[]): SourceFile | SourceProblem {
  const path = absolutePath(location, roots);
  if (typeof path !== 'string') return path;
  try {
    return process.platform === 'linux' ? openDirect(path, roots) : openCompared(path, roots);
  } catch (error) {
    const problem = lastingProblem(error);
    if (problem !== undefined) return problem;
    throw error;
  }
}

export function closeSource(file: SourceFile): void {
  closeSync(file.fd);
}

export function isSourceProblem(value: SourceFile | SourceProblem): value is SourceProblem {
  return 'reason' in value;
}

/** Reads until `length` bytes or the end of the file. @returns bytes read. */
export function readFully(
  fd: number,
  target: Uint8Array,
  at: number,
  length: number,
  position: number,
): number {
  let done = 0;
  while (done < length) {
    const read = readSync(fd, target, at + done, length - done, position + done);
    if (read === 0) break;
    done += read;
  }
  return done;
}

/**
 * True when the open file is still what it was: same file, same size, same times of change. The times are
 * milliseconds with fractions and resolve a quarter of a microsecond, less than two writes can be apart.
 */
export function isUnchanged(file: SourceFile): boolean {
  const before = file.status;
  const now = fstatSync(file.fd);
  return (
    now.ino === before.ino &&
    now.dev === before.dev &&
    now.size === before.size &&
    now.mtimeMs === before.mtimeMs &&
    now.ctimeMs === before.ctimeMs
  );
}

/** The same as text: equal for all tasks that read one file, or its bytes are void. */
export function stampOf({ status }: SourceFile): string {
  return `${status.dev}:${status.ino}:${status.size}:${status.mtimeMs}:${status.ctimeMs}`;
}

/** The path that a location means, or why it means none. */
export function absolutePath(location: string | null, roots: readonly string[]): string | SourceProblem {
  if (location === null || location === '')
    return { reason: 'file_location_missing', detail: 'the row names no file' };
  // A bucket that no root names; as a path below the only folder it would mean something else.
  if (isObjectLocation(location)) return { reason: 'file_outside_roots', detail: 'below no s3:// root' };
  if (location.includes('\0')) return { reason: 'file_missing', detail: 'no path holds a NUL' };
  // Written as UTF-8 it would become U+FFFD, the name of another file.
  if (/\p{Surrogate}/u.test(location))
    return { reason: 'file_missing', detail: 'no path holds half a surrogate pair' };
  if (isAbsolute(location)) return location;
  const [root, ...others] = roots;
  if (root === undefined || others.length > 0)
    return { reason: 'file_outside_roots', detail: 'relative, and there is not exactly one root' };
  return join(root, location);
}

/**
 * Looks, opens, and asks the kernel where the open file lies. The stamp is from before the opening, so a file that
 * was put in its place in between shows when the stamps are compared after reading.
 */
function openDirect(path: string, roots: readonly string[]): SourceFile | SourceProblem {
  const status = lstatSync(path);
  if (!status.isFile()) return openHeld(path, roots);
  const fd = openSync(path, O_READ | constants.O_NOFOLLOW);
  if (isBelowRoot(readlinkSync(`/proc/self/fd/${fd}`), roots)) return { fd, sizeBytes: status.size, status };
  closeSync(fd);
  return { reason: 'file_outside_roots', detail: OUTSIDE };
}

/**
 * For what is a link or no file at all. Holds it first (O_PATH opens nothing, so a device or FIFO notices nothing),
 * looks what it is and where it lies, and only then opens that very file through its descriptor.
 */
function openHeld(path: string, roots: readonly string[]): SourceFile | SourceProblem {
  const held = openSync(path, O_PATH | O_CLOEXEC);
  try {
    const link = `/proc/self/fd/${held}`;
    const status = fstatSync(held);
    const problem = judge(status, readlinkSync(link), roots);
    if (problem !== undefined) return problem;
    return { fd: openSync(link, O_READ), sizeBytes: status.size, status };
  } finally {
    closeSync(held);
  }
}

/** Elsewhere: resolve, open, and resolve again; what changed in between is refused. */
export function openCompared(path: string, roots: readonly string[]): SourceFile | SourceProblem {
  const before = realpathSync(path);
  const problem = judge(statSync(before), before, roots);
  if (problem !== undefined) return problem;
  const fd = openSync(before, O_READ | (constants.O_NOFOLLOW ?? 0));
  const status = fstatSync(fd);
  const now = lstatSync(before);
  const same =
    status.isFile() && now.dev === status.dev && now.ino === status.ino && realpathSync(path) === before;
  if (same) return { fd, sizeBytes: status.size, status };
  closeSync(fd);
  return { reason: 'file_changed', detail: 'replaced while it was opened' };
}

function judge(status: Stats, path: string, roots: readonly string[]): SourceProblem | undefined {
  if (!isBelowRoot(path, roots)) return { reason: 'file_outside_roots', detail: OUTSIDE };
  if (!status.isFile()) return { reason: 'file_not_regular', detail: 'not a regular file' };
  if (status.nlink === 0) return { reason: 'file_missing', detail: 'removed while it was opened' };
  return undefined;
}
