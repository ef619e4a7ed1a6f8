import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits for work that may hang, such as closing a connection to a server that no longer answers, for so long at most.
 * How it ends is no news: it is given up anyway.
 *
 * @returns false when it was still under way.
 */
export async function endsWithin(patienceMs: number, work: Promise<unknown>): Promise<boolean> {
  const settled = work.then(
    () => true,
    () => true,
  );
  const waiting = new AbortController();
  const timeIsUp = delay(patienceMs, false, { signal: waiting.signal }).catch(() => false);
  const hasEnded = await Promise.race([settled, timeIsUp]);
  waiting.abort();
  return hasEnded;
}
