import { setTimeout as delay } from 'node:timers/promises';

/** Waits for a promise, but not for ever. @returns false when it has neither resolved nor rejected in time. */
export async function settlesWithin(ms: number, promise: Promise<unknown>): Promise<boolean> {
  const waiting = new AbortController();
  const patience = delay(ms, false, { signal: waiting.signal }).catch(() => true);
  const settled = promise.then(
    () => true,
    () => true,
  );
  const isSettled = await Promise.race([settled, patience]);
  waiting.abort();
  return isSettled;
}
