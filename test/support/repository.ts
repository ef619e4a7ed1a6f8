import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the repository, with a separator at its end. */
export const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));

/** What stands in .gitignore, and git itself. */
const NOT_OURS = new Set([
  '.git',
  'node_modules',
  'dist',
  '.dist-next',
  'coverage',
  '.cache',
  'demo-archive',
]);

/** Every file of the repository, or of one of its folders: paths relative to it, sorted. */
export function repositoryFiles(under = ''): string[] {
  return readdirSync(join(REPOSITORY, under), { withFileTypes: true })
    .filter((entry) => !NOT_OURS.has(entry.name))
    .flatMap((entry) => {
      const path = join(under, entry.name);
      return entry.isDirectory() ? repositoryFiles(path) : [path];
    })
    .sort();
}

export function readRepositoryFile(path: string): string {
  return readFileSync(join(REPOSITORY, path), 'utf8');
}
