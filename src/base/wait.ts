import { setTimeout as sleep } from 'node:timers/promises';
import type { Micros } from '../model/micros.ts';
import type { Clock } from './clock.ts';

/** Looks at the clock again at least this often, because a wall clock may jump while we wait for it. */
const LOOK_AGAIN_MS = 1_000;

/** Waits by the wall clock. Rejects with the signal's reason when it is aborted. */
export function waitOn(clock: Clock): (until: Micros, signal: AbortSignal) => Promise<void> {
  return async (until, signal) => {
    signal.throwIfAborted();
    for (let leftMs = msUntil(until, clock); leftMs > 0; leftMs = msUntil(until, clock)) {
      await abortableSleep(Math.min(leftMs, LOOK_AGAIN_MS), signal);
    }
  };
}

function msUntil(until: Micros, clock: Clock): number {
  return Math.ceil((until - clock.now()) / 1_000);
}

async function abortableSleep(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
