import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run, say, stop } from './report.mjs';

/** The oldest Node that package.json allows. */
const NODE_MIN = [20, 19];

export function ensureNodeVersion() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])) return;
  stop(
    `Tidemark needs Node ${NODE_MIN.join('.')} or newer; this is ${process.versions.node} (${process.execPath}).`,
    'Get a newer one from https://nodejs.org/, or by your version manager: nvm install 24',
  );
}

/** Runs `npm ci` unless node_modules holds exactly what package-lock.json names. */
export function ensurePackages() {
  const difference = findDifference();
  if (difference === undefined) return;
  say(`installing packages (${difference}) …`);
  if (!run('npm', ['ci', '--no-audit', '--no-fund']) || findDifference() !== undefined) {
    stop('`npm ci` failed: the lines above say why. Mend that and run the same command again.');
  }
}

/** @returns the first difference in words, undefined when there is none. */
function findDifference() {
  const installedPath = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(installedPath)) return 'nothing is installed yet';
  const wanted = readPackages(join(root, 'package-lock.json'));
  const installed = readPackages(installedPath);
  for (const [path, entry] of Object.entries(wanted)) {
    // The empty path is Tidemark itself; optional packages of other platforms are rightly absent.
    if (path === '' || (entry.optional === true && installed[path] === undefined)) continue;
    if (installed[path]?.version !== entry.version) return `${path} is not at ${entry.version}`;
  }
  return undefined;
}

function readPackages(path) {
  return JSON.parse(readFileSync(path, 'utf8')).packages;
}
