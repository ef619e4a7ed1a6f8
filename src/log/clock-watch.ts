/** Often enough to be noticed before a session of ordinary length has run out. */
const LOOK_EVERY_MS = 500;

/** Clocks are slewed and stepped by less every day. */
const STEP_MS = 1_000;

/**
 * Looks out for a wall clock that is set back. KafkaJS counts by it: set back by an hour, it would send no heartbeat
 * for an hour.
 *
 * @returns a function that ends the watch.
 */
export function watchClock(onSetBack: (byMs: number) => void): () => void {
  let aheadMs = Date.now() - performance.now();
  const timer = setInterval(() => {
    const nowAheadMs = Date.now() - performance.now();
    const setBackMs = aheadMs - nowAheadMs;
    aheadMs = nowAheadMs;
    if (setBackMs > STEP_MS) onSetBack(setBackMs);
  }, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}
