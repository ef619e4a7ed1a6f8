import { setMaxListeners } from 'node:events';

/** How often a thread that waits for an answer looks whether anybody still wants it. */
const LOOK_EVERY_MS = 50;

/** The seal that a task belongs to was cancelled. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

export function isCancelled(flag: Int32Array): boolean {
  return Atomics.load(flag, 0) !== 0;
}

/** Does work that waits for answers; the signal is aborted with {@link Cancelled} soon after the flag is set. */
export async function underCancellation<T>(
  flag: Int32Array,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  // Each request listens; Node takes more than ten for a leak.
  setMaxListeners(0, controller.signal);
  const timer = setInterval(() => {
    if (isCancelled(flag)) controller.abort(new Cancelled());
  }, LOOK_EVERY_MS);
  try {
    return await work(controller.signal);
  } finally {
    clearInterval(timer);
  }
}
