import { threadId } from 'node:worker_threads';
import type { ThreadOutcome } from '../../../src/sinks/thread-outcome.ts';

const PATIENCE_MS = 20_000;

/** Blocks its thread until as many of its kind have come as the place has room for. @returns the thread's number. */
export function runMeeting(place: SharedArrayBuffer): ThreadOutcome<number> {
  const [expected, present] = [0, 1];
  const seats = new Int32Array(place);
  const isLast = Atomics.add(seats, present, 1) + 1 === seats[expected];
  if (isLast) Atomics.notify(seats, present);
  else
    while (Atomics.load(seats, present) < seats[expected]!)
      if (Atomics.wait(seats, present, 1, PATIENCE_MS) === 'timed-out') throw new Error('nobody else came');
  return { kind: 'done', result: threadId };
}
