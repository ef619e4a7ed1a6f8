import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { versitygw } from './versitygw.ts';

let folder: string;
let cache: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'versitygw-'));
  cache = path.join(folder, 'cache');
  vi.stubEnv('TIDEMARK_CACHE_DIR', cache);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** A Go of our own: the real one is run where no server is built yet. */
function stubGo({ version = 'go1.26.8', build }: { version?: string; build: string }): void {
  const script = `#!/bin/sh\nif [ "$1" = env ]; then echo ${version}; exit 0; fi\n${build}\n`;
  writeFileSync(path.join(folder, 'go'), script, { mode: 0o755 });
  vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`);
}

/** `go -C SOURCE build … -o PROGRAM MAIN`. */
const BUILDS = 'cp "$2/go.mod" "$9"';
const silent = (): void => undefined;

test('the server is built once, of a version that is written down, and found by the next run', async () => {
  stubGo({ build: BUILDS });
  const program = await versitygw(silent);
  expect(readFileSync(program, 'utf8')).toMatch(/versitygw v\d+\.\d+\.\d+$/m);
  stubGo({ build: 'exit 1' });
  expect(await versitygw(silent)).toBe(program);
});

test('two runs that build at the same time share one folder and leave no other', async () => {
  stubGo({ build: BUILDS });
  const [first, second] = await Promise.all([versitygw(silent), versitygw(silent)]);
  expect(first).toBe(second);
  expect(readdirSync(cache)).toEqual([path.basename(path.dirname(first))]);
});

test('a build that fails leaves nothing behind, and its words are in the error', async () => {
  stubGo({ build: 'echo no route to the proxy >&2; exit 1' });
  await expect(versitygw(silent)).rejects.toMatchObject({
    name: 'ServiceMissing',
    message: expect.stringContaining('no route to the proxy') as string,
    remedy: expect.stringContaining('GOPROXY') as string,
  });
  expect(readdirSync(cache)).toEqual([]);
});

test('a machine without Go, or with an old one, is told how to get it', async () => {
  vi.stubEnv('PATH', folder);
  const missing = { name: 'ServiceMissing', remedy: expect.stringContaining('Go 1.25 or newer') as string };
  await expect(versitygw(silent)).rejects.toMatchObject(missing);
  vi.unstubAllEnvs();
  vi.stubEnv('TIDEMARK_CACHE_DIR', cache);
  stubGo({ version: 'go1.22.2', build: BUILDS });
  await expect(versitygw(silent)).rejects.toMatchObject({
    ...missing,
    message: expect.stringContaining('go1.22.2') as string,
  });
});
