import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keepProcess } from './kept-process.ts';
import type { KeptProcess, KeptProcessOptions } from './kept-process.ts';

let root: string;
let folder: string;

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'kept-process-'));
  folder = mkdtempSync(path.join(root, 'server-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function makeFifo(file: string): void {
  execFileSync('/bin/sh', ['-c', 'mkfifo "$0"', file]);
}

/** The last thing that a server of these tests does: says so, then waits for its end. */
const READY = 'echo ready > "$ready"; exec sleep 1000';

/** @returns when the server has reached `$ready`. */
async function keep(script: string, options: Partial<KeptProcessOptions> = {}): Promise<KeptProcess> {
  const ready = path.join(root, 'ready');
  makeFifo(ready);
  const reached = readFile(ready, 'utf8');
  const server = await keepProcess({
    command: ['/bin/sh', '-c', script],
    stopSignal: 'SIGTERM',
    cwd: root,
    logFile: path.join(root, 'log'),
    temporaryFolder: folder,
    owner: null,
    env: { ready, folder },
    ...options,
  });
  expect(await reached).toBe('ready\n');
  return server;
}

const log = (): string => readFileSync(path.join(root, 'log'), 'utf8');

test('a dropped server gets its stop signal and may finish before its folder goes', async () => {
  const server = await keep(`
    trap 'test -d "$folder" && echo finished in order; exit' TERM
    echo ready > "$ready"
    while :; do sleep 0.01; done`);
  await server.drop();
  await server.ended;
  expect(log()).toBe('finished in order\n');
  expect(existsSync(folder)).toBe(false);
});

test('a server that ignores its stop signal is killed', async () => {
  const server = await keep(`trap '' TERM; ${READY}`, { killAfterSeconds: 1 });
  await server.drop();
  await server.ended;
  expect(existsSync(folder)).toBe(false);
});

test('a killed server leaves its folder until it is dropped', async () => {
  const server = await keep(READY);
  server.signal('SIGKILL');
  await server.ended;
  expect(existsSync(folder)).toBe(true);
  await server.drop();
  expect(existsSync(folder)).toBe(false);
});

test('a released folder stays for the next server', async () => {
  const server = await keep(READY);
  server.signal('SIGKILL');
  await server.ended;
  await server.release();
  expect(existsSync(folder)).toBe(true);
});

test('a server has ended only when the processes that it made have ended too', async () => {
  const line = path.join(root, 'line');
  makeFifo(line);
  const server = await keep(`{ read -r text < '${line}'; echo "$text"; } & ${READY}`);
  server.signal('SIGKILL');
  // Opens only because the child still reads.
  writeFileSync(line, 'the child is still there\n');
  await server.ended;
  expect(log()).toContain('the child is still there\n');
  await server.drop();
});

test('a command that does not exist is an ended server, with the reason in its log', async () => {
  const server = await keepProcess({
    command: [path.join(root, 'nothing-here')],
    stopSignal: 'SIGTERM',
    cwd: root,
    logFile: path.join(root, 'log'),
    temporaryFolder: folder,
    owner: null,
  });
  await server.ended;
  expect(log()).toContain('nothing-here');
  await server.drop();
  expect(existsSync(folder)).toBe(false);
});

test('what prepares a server runs before it, with words that a shell would take apart', async () => {
  const server = await keep(READY, { prepare: ['printf', '%s|', "it's", '$HOME', 'a  b', ''] });
  expect(log()).toBe("it's|$HOME|a  b||");
  await server.drop();
});

test('a server is not started when what prepares it fails', async () => {
  const server = await keepProcess({
    command: ['echo', 'started all the same'],
    prepare: ['/bin/sh', '-c', 'echo no room; exit 3'],
    stopSignal: 'SIGTERM',
    cwd: root,
    logFile: path.join(root, 'log'),
    temporaryFolder: folder,
    owner: null,
  });
  await server.ended;
  expect(log()).toBe('no room\n');
  await server.drop();
});
