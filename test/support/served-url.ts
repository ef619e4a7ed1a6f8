import type { ChildProcess } from 'node:child_process';
import { expect } from 'vitest';

/** Waits until a `tidemark serve` says where it listens. @returns that, and what it has written to its log so far. */
export async function untilServed(
  server: ChildProcess,
): Promise<{ readonly url: string; readonly log: () => string }> {
  let log = '';
  server.stderr!.setEncoding('utf8').on('data', (text: string) => (log += text));
  await expect.poll(() => log, { timeout: 30_000 }).toContain('the archive is served');
  return { url: /"url":"([^"]+)"/.exec(log)![1]!, log: () => log };
}
