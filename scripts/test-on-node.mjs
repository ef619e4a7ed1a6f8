#!/usr/bin/env node
/**
 * Runs the suite on another Node than the one that is installed:
 *
 *   node scripts/test-on-node.mjs MAJOR [what vitest takes]
 *
 * The npm package `node` brings it, into .cache/node-MAJOR; the packages of this clone are used as they are, because
 * the native ones are built against N-API, which every Node understands.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { root, run, say, stop } from './ensure/report.mjs';

const [major = '', ...rest] = process.argv.slice(2);
if (!/^\d+$/.test(major)) stop('test-on-node: the first argument is the major version of a Node, such as 24');

const folder = join(process.env.TIDEMARK_CACHE_DIR ?? join(root, '.cache'), `node-${major}`);
const bin = join(folder, 'node_modules/node/bin');
const node = join(bin, 'node');
if (!existsSync(node)) {
  say(`fetching Node ${major} …`);
  mkdirSync(folder, { recursive: true });
  run('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', `node@${major}`]);
  if (!existsSync(node))
    stop(
      `npm has not brought Node ${major} to ${folder}.`,
      'It may have skipped the install script of the package `node` (`npm install-scripts ls` in that folder).',
    );
}
say.done();

// Tests start processes by `node` and by this one's own path: both must be the same.
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` };
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
process.exitCode =
  spawnSync(node, [vitest, 'run', ...rest], { cwd: root, env, stdio: 'inherit' }).status ?? 1;
