import { realpath } from 'node:fs/promises';
import { isObjectLocation } from '../pack/object-place.ts';
import { isRootOrBelow, resolveRoots } from '../pack/roots.ts';
import type { FolderRoots } from '../pack/roots.ts';
import { systemCode } from '../sink-fault.ts';

/** Where source files may be removed. */
export interface CleanupRoots {
  /** All folders among the roots of the table, resolved; in the order of the configuration. */
  readonly source: FolderRoots;
  /** Those of them in which files may be removed. */
  readonly cleaned: ReadonlySet<string>;
  /** Folders in which nothing may be touched, even below a root: the archive itself, and what was moved away. */
  readonly barred: readonly string[];
}

/** @throws TidemarkError ERR_SOURCE_UNAVAILABLE when a root of the table is missing. */
export async function resolveCleanupRoots(options: {
  /** `source.roots` of the table. */
  readonly sourceRoots: readonly string[];
  /** `cleanup.roots`. */
  readonly cleanupRoots: readonly string[];
  readonly barred: readonly string[];
}): Promise<CleanupRoots> {
  const { sourceRoots, cleanupRoots } = options;
  const folders = sourceRoots.filter((root) => !isObjectLocation(root));
  const source = await resolveRoots(folders);
  const barred = await Promise.all(options.barred.map(resolveIfThere));
  const spared = new Set(source.paths.filter((_, i) => !cleanupRoots.includes(folders[i]!)));
  // Two names of one folder, of which only one is listed, do not make it listed.
  return { source, cleaned: new Set(source.paths.filter((path) => !spared.has(path))), barred };
}

/**
 * The root for whose sake files of a folder may be removed: the innermost of the table's roots around it decides.
 *
 * @param folder resolved, as the kernel says where it lies.
 * @returns undefined when nothing may be removed there. Pure.
 */
export function cleanableRoot(folder: string, roots: CleanupRoots): string | undefined {
  if (isRootOrBelow(folder, roots.barred)) return undefined;
  const around = roots.source.paths.filter((root) => isRootOrBelow(folder, [root]));
  const innermost = around.sort((a, b) => b.length - a.length)[0];
  return innermost !== undefined && roots.cleaned.has(innermost) ? innermost : undefined;
}

/** What is not there yet is made under the name that it has. */
async function resolveIfThere(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return path;
    throw error;
  }
}
