import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keepProcess } from './kept-process.ts';
import type { KeptProcess } from './kept-process.ts';

let root: string;
let folder: string;

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'kept-process-'));
  folder = mkdtempSync(path.join(root, 'server-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const FOREVER = 'exec sleep 1000';

function keep(script: string, options: { killAfterSeconds?: number } = {}): Promise<KeptProcess> {
  return keepProcess({
    command: '/bin/sh',
    args: ['-c', script],
    stopSignal: 'SIGTERM',
    cwd: root,
    logFile: path.join(root, 'log'),
    temporaryFolder: folder,
    owner: null,
    ...options,
  });
}

test('a dropped server gets its stop signal and may finish before its folder goes', async () => {
  const marker = path.join(root, 'finished');
  const server = await keep(`trap 'ls ${folder} && echo yes > ${marker}; exit' TERM; echo > ${root}/ready
    while :; do sleep 0.01; done`);
  await server.drop();
  await server.ended;
  expect(existsSync(folder)).toBe(false);
  // Without the trap in place yet the server just ends; with it, the folder was still there.
  if (existsSync(marker)) expect(readFileSync(marker, 'utf8')).toBe('yes\n');
});

test('a server that ignores its stop signal is killed', async () => {
  const server = await keep(`trap '' TERM; ${FOREVER}`, { killAfterSeconds: 1 });
  await server.drop();
  await server.ended;
  expect(existsSync(folder)).toBe(false);
});

test('a killed server leaves its folder until it is dropped', async () => {
  const server = await keep(FOREVER);
  server.signal('SIGKILL');
  await server.ended;
  expect(existsSync(folder)).toBe(true);
  await server.drop();
  expect(existsSync(folder)).toBe(false);
});

test('a released folder stays for the next server', async () => {
  const server = await keep(FOREVER);
  server.signal('SIGKILL');
  await server.ended;
  await server.release();
  expect(existsSync(folder)).toBe(true);
});

test('a server has ended only when the processes that it made have ended too', async () => {
  const fifo = path.join(root, 'fifo');
  const server = await keep(`mkfifo ${fifo}; cat ${fifo} & echo started; ${FOREVER}`);
  server.signal('SIGKILL');
  let ended = false;
  void server.ended.then(() => (ended = true));
  writeFileSync(fifo, 'cat is still there to read this, else nobody opens the other end\n');
  expect(ended).toBe(false);
  await server.ended;
  expect(readFileSync(path.join(root, 'log'), 'utf8')).toContain('cat is still there');
  await server.drop();
});
