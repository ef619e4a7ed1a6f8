import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from './repository.ts';

/**
 * A virtual environment under .cache with these packages, made once for each list of them.
 *
 * @returns its folder of programs.
 * @throws when it cannot be had, with how to get it.
 */
export function pythonTools(name: string, packages: readonly string[]): string {
  const folder = join(REPOSITORY, '.cache', name);
  const programs = join(folder, 'bin');
  const python = join(programs, 'python');
  // Written last: without it the environment is half made.
  const ready = join(folder, `ready-${packages.join('-').replaceAll(/[^\w.-]/g, '-')}`);
  if (existsSync(ready)) return programs;
  try {
    mkdirSync(folder, { recursive: true });
    execFileSync('python3', ['-m', 'venv', '--clear', folder], { stdio: 'pipe' });
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', ...packages], { stdio: 'pipe' });
    writeFileSync(ready, '');
    return programs;
  } catch (cause) {
    throw new Error(
      `Python’s packages cannot be had: python3 -m venv ${folder} && ${python} -m pip install ${packages.join(' ')}`,
      { cause },
    );
  }
}
