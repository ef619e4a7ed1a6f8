#!/usr/bin/env node
/**
 * Builds dist/: the modules of the package with their types, and in the place of the programs that are started (the command
 * and the threads' entries) the same code in few files. Opening and linking hundreds of modules is most of the time that a
 * short command takes, once in each thread.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import { build } from 'esbuild';
import { root } from './ensure/report.mjs';

const NEXT = join(root, '.dist-next');
const MAIN = 'cli/main.js';
/** Of the console: served as it stands. */
const PAGE = 'serve/console/page';
const THREADS = [
  'sinks/read/verify-worker.js',
  'sinks/extract/extract-worker.js',
  'sinks/pack/pack-worker.js',
];
/** These find files of their own beside themselves, are native, or are loaded by few commands. */
const LEFT_OUT = [
  ...['@aws-sdk/*', '@fastify/*', 'fastify', 'kafkajs', 'pg', 'pg-logical-replication'],
  ...['pino', 'pino-pretty', 'piscina', 'prom-client', 'rxjs', 'zstd-napi'],
];
/** For packages in CommonJS, which `require` what Node has. */
const REQUIRE = `import { createRequire as requireFrom } from 'node:module';
const require = requireFrom(import.meta.url);`;

rmSync(NEXT, { recursive: true, force: true });
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const { status } = spawnSync(
  process.execPath,
  [tsc, '-p', 'tsconfig.build.json', '--noEmitOnError', '--outDir', NEXT],
  {
    cwd: root,
    stdio: 'inherit',
  },
);
if (status !== 0) process.exit(1);
await bundle([MAIN], { splitting: true, chunkNames: 'cli/chunks/[name]-[hash]' });
for (const thread of THREADS) await bundle([thread], {});
cpSync(join(root, 'src', PAGE), join(NEXT, PAGE), { recursive: true });
chmodSync(join(NEXT, MAIN), 0o755);
rmSync(join(root, 'dist'), { recursive: true, force: true });
renameSync(NEXT, join(root, 'dist'));

async function bundle(entries, options) {
  await build({
    ...options,
    absWorkingDir: NEXT,
    entryPoints: entries,
    outdir: NEXT,
    outbase: NEXT,
    allowOverwrite: true,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: LEFT_OUT,
    banner: { js: REQUIRE },
    sourcemap: true,
    logLevel: 'warning',
  });
}
