import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

const TRIES_MAX = 300;

/** Waits until a server that was just started answers anything at all. */
export async function untilAnswers(url: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    if (child.exitCode !== null) throw new Error(`the server of ${url} ended with ${child.exitCode}`);
    const answered = await fetch(url).then(
      async (response) => {
        await response.arrayBuffer();
        return true;
      },
      () => false,
    );
    if (answered) return;
    await delay(100);
  }
  throw new Error(`nothing answers at ${url}`);
}
