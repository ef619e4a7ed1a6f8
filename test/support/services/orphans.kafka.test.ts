import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const FIXTURE = fileURLToPath(new URL('./orphan-fixture.ts', import.meta.url));

let folder: string;
let parent: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'orphans-'));
  chmodSync(folder, 0o1777); // as /tmp: Postgres may be another user
});

afterEach(() => {
  parent?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

async function startParent(servers: readonly string[]): Promise<{ parent: ChildProcess; pids: number[] }> {
  parent = spawn(process.execPath, ['--import', 'tsx', FIXTURE, ...servers], {
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(parent.stdout!, 'data')) as [Buffer];
  return { parent, pids: JSON.parse(String(line)) as number[] };
}

function serverFolders(): string[] {
  return readdirSync(folder).filter((name) => name.startsWith('tidemark-'));
}

/** The keeper removes a server's folder after the server has ended, so this is the last thing that happens. */
function foldersGone(): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(folder, look);
    function look(): void {
      if (serverFolders().length > 0) return;
      watcher.close();
      resolve();
    }
    look();
  });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('Postgres and Kafka end, and their data go, when the process that started them is killed with SIGKILL', async () => {
  const { parent, pids } = await startParent(['postgres', 'kafka']);
  expect(pids.map(isAlive)).toEqual([true, true]);
  expect(serverFolders()).toHaveLength(2);

  parent.kill('SIGKILL');

  await foldersGone();
  expect(pids.map(isAlive)).toEqual([false, false]);
});

test.each(['SIGINT', 'SIGTERM'] as const)(
  'Postgres ends, and its data go, when its parent gets %s',
  async (signal) => {
    const { parent, pids } = await startParent(['postgres']);

    parent.kill(signal);

    await foldersGone();
    expect(pids.map(isAlive)).toEqual([false]);
  },
);
