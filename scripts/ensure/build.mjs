import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root, run, say, stop } from './report.mjs';

/** Builds dist/ unless it is newer than every source file. */
export function ensureBuilt() {
  const built = join(root, 'dist/cli/main.js');
  const newest = newestMtimeMs([
    'src',
    'package.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'scripts/build.mjs',
  ]);
  if (existsSync(built) && statSync(built).mtimeMs >= newest) return;
  say('building dist/ …');
  if (!run('npm', ['run', '--silent', 'build'])) stop('The build failed: the lines above say where.');
}

function newestMtimeMs(paths) {
  let newest = 0;
  for (const path of paths) {
    const full = join(root, path);
    const stat = statSync(full);
    if (!stat.isDirectory()) newest = Math.max(newest, stat.mtimeMs);
    else newest = Math.max(newest, newestMtimeMs(readdirSync(full).map((name) => join(path, name))));
  }
  return newest;
}
