import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const REPOSITORY_CACHE = fileURLToPath(new URL('../../../.cache', import.meta.url));

/**
 * A folder of `.cache` of the repository or TIDEMARK_CACHE_DIR. The first call has it filled; later ones, also at the
 * same time, share it. It gets its name in one step, so that nobody sees half of it; who comes second takes that of the
 * first.
 *
 * @param name with the version of what is in it.
 * @throws what `fill` throws.
 */
export async function cachedFolder(
  name: string,
  fill: (fresh: string, folder: string) => Promise<void>,
): Promise<string> {
  const cache = process.env['TIDEMARK_CACHE_DIR'] ?? REPOSITORY_CACHE;
  const folder = path.join(cache, name);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(`${folder}-`);
  try {
    await fill(fresh, folder);
    publish(fresh, folder);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return folder;
}

function publish(fresh: string, folder: string): void {
  try {
    renameSync(fresh, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}
