import { setMaxListeners } from 'node:events';

/**
 * Does work on every item at once; whoever does it bounds how much of it is under way. When one fails the others are
 * aborted, and all have ended when it resolves or rejects.
 *
 * @throws what the first one threw.
 */
export async function allOrFirstFault<T>(
  items: readonly T[],
  signal: AbortSignal,
  work: (item: T, together: AbortSignal) => Promise<void>,
): Promise<void> {
  const others = new AbortController();
  const together = AbortSignal.any([signal, others.signal]);
  // Each request listens; Node takes more than ten for a leak.
  setMaxListeners(0, together);
  const faults: unknown[] = [];
  await Promise.all(
    items.map(async (item) => {
      try {
        await work(item, together);
      } catch (error) {
        faults.push(error);
        others.abort(error);
      }
    }),
  );
  if (faults.length > 0) throw faults[0];
}
