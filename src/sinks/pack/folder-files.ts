import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import type { Stats } from 'node:fs';
import type { HeldFolder } from './source-folders.ts';
import { O_READ } from './source-file.ts';
import type { SourceFile } from './source-file.ts';

/** A link is not followed, so a name cannot leave its folder. */
const FLAGS = O_READ | (constants.O_NOFOLLOW ?? 0);

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

function pathThrough({ prefix }: HeldFolder, location: string): string {
  return prefix + location.slice(location.lastIndexOf('/') + 1);
}
