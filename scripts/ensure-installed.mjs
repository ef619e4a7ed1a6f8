#!/usr/bin/env node
/**
 * Makes a fresh clone ready for an npm script, and says in one line each what it mends.
 *
 *   node scripts/ensure-installed.mjs [--build] [--services] [--tests] [--deploy] && the real command
 *
 * It runs before anything is installed, so it is plain JavaScript and imports nothing but Node itself.
 * With everything in place it takes a few milliseconds.
 */
import { root, say, stop } from './ensure/report.mjs';
import { ensureNodeVersion, ensurePackages } from './ensure/packages.mjs';
import {
  ensureBrowser,
  ensureCommands,
  ensureDebeziumSource,
  ensureDeployTools,
  ensureKafkaSource,
  ensureS3Source,
} from './ensure/machine.mjs';
import { ensurePostgresBinaries, ensureZstdBinding } from './ensure/native.mjs';
import { ensureBuilt } from './ensure/build.mjs';

const flags = new Set(process.argv.slice(2));
for (const flag of flags) {
  if (!['--build', '--services', '--tests', '--deploy'].includes(flag))
    stop(`ensure-installed: unknown option ${flag}`);
}

process.chdir(root);
ensureNodeVersion();
ensurePackages();
ensureZstdBinding();
// Shards are read back with other tools than ours, and the script that Tidemark is compared with uses psql.
if (flags.has('--tests')) {
  ensureCommands(['tar', 'zstd', 'bsdtar', 'python3', 'psql', 'openssl', 'promtool', 'systemd-analyze']);
  ensureBrowser();
  ensureS3Source();
  ensureDebeziumSource();
}
if (flags.has('--deploy')) ensureDeployTools();
if (flags.has('--services')) {
  ensureCommands(['tar', 'zstd']);
  ensureKafkaSource();
  ensurePostgresBinaries();
}
if (flags.has('--build')) ensureBuilt();
say.done();
