import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The package's folder: from wherever this code was built into, the next one above that has a package.json. */
export const PACKAGE_ROOT = findRoot(dirname(fileURLToPath(import.meta.url)));

/** Where the code is that runs: `dist` as it was built, or in tests and benchmarks `src`. */
export const CODE_ROOT = join(PACKAGE_ROOT, import.meta.url.endsWith('.ts') ? 'src' : 'dist');

function findRoot(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : findRoot(dirname(folder));
}
