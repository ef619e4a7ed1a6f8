import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { Stats } from 'node:fs';
import type { Moment } from './kernel-times.ts';
import type { HeldFolder } from './source-folders.ts';
import { O_READ } from './source-file.ts';
import type { SourceFile } from './source-file.ts';

/** A link is not followed, so a name cannot leave its folder. */
const FLAGS = O_READ | (constants.O_NOFOLLOW ?? 0);

/** Memory for a file's bytes and one more. */
export interface FilePlace {
  readonly buffer: Buffer;
  readonly at: number;
  readonly sizeBytes: number;
}

/** @returns undefined for anything but a regular file that opens at once. */
export function openInFolder(folder: HeldFolder, location: string): SourceFile | undefined {
  let fd: number;
  try {
    fd = openSync(pathThrough(folder, location), FLAGS);
  } catch {
    // A link, missing, forbidden: openSource looks again and says which.
    return undefined;
  }
  let status: Stats | undefined;
  try {
    status = fstatSync(fd);
    if (status.isFile()) return { fd, sizeBytes: status.size, status };
  } finally {
    if (status?.isFile() !== true) closeSync(fd);
  }
  return undefined;
}

/**
 * Reads a whole file of the usual kind: a regular one, of the size that is expected, that nothing has touched since the
 * task began. One look after reading tells all that, where others must be looked at before and after.
 *
 * @param begin a moment before anything of the task was opened.
 * @returns false for every other file, and when one look cannot tell: it says nothing about the file.
 */
export function readUntouched(
  source: { readonly folder: HeldFolder; readonly location: string; readonly begin: Moment },
  { buffer, at, sizeBytes }: FilePlace,
): boolean {
  const { folder, location, begin } = source;
  if (folder.timedDevice === null) return false;
  let fd: number | undefined;
  try {
    fd = openSync(pathThrough(folder, location), FLAGS);
    // At a position: a pipe has none, so nothing is taken from it. One byte more is what a file that has grown gives.
    const read = readSync(fd, buffer, at, sizeBytes + 1, 0);
    const status = fstatSync(fd);
    return (
      read === sizeBytes &&
      status.size === sizeBytes &&
      status.isFile() &&
      status.dev === folder.timedDevice &&
      begin.isUntouched(status)
    );
  } catch {
    // The careful way meets the same again, and says what it is.
    return false;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function pathThrough({ prefix }: HeldFolder, location: string): string {
  return prefix + location.slice(location.lastIndexOf('/') + 1);
}
