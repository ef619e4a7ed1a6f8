import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { makeDataFolder } from './data-folder.ts';
import { readableBinaries } from './readable-binaries.ts';
import { canWrite, serverOwner } from './server-owner.ts';

const owner = serverOwner();
/** Ours alone (mode 700): as root, the user that Postgres runs as cannot enter it. */
let ours: string;

beforeEach(() => {
  ours = mkdtempSync(path.join(tmpdir(), 'server-owner-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(ours, { recursive: true, force: true });
});

test("a temporary data folder is the server's own even when TMPDIR is not", () => {
  vi.stubEnv('TMPDIR', ours);
  const folder = makeDataFolder({ name: 'postgres', owner });
  expect(folder.temporary).toBe(true);
  expect(canWrite(owner, folder.path)).toBe(true);
  // As the keeper does it after a crash.
  expect(spawnSync('rm', ['-rf', folder.path], { cwd: '/', ...owner }).status).toBe(0);
  expect(existsSync(folder.path)).toBe(false);
});

test('binaries in a folder of ours can be run, and their copy removed, by the user that Postgres runs as', () => {
  const installed = path.join(ours, 'native');
  mkdirSync(path.join(installed, 'bin'), { recursive: true });
  writeFileSync(path.join(installed, 'bin/postgres'), '#!/bin/sh\necho 18.4\n', { mode: 0o755 });
  const folder = makeDataFolder({ name: 'postgres', owner });

  const native = readableBinaries({ installed, owner, folder: folder.path });

  const postgres = path.join(native, 'bin/postgres');
  expect(spawnSync(postgres, { cwd: '/', encoding: 'utf8', ...owner }).stdout).toBe('18.4\n');
  expect(spawnSync('rm', ['-rf', folder.path], { cwd: '/', ...owner }).status).toBe(0);
  expect(existsSync(folder.path)).toBe(false);
});
