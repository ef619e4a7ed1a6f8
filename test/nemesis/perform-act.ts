import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Random } from '../support/random.ts';
import type { Target } from './fault.ts';
import type { Step } from './schedule.ts';
import type { World } from './world.ts';

/** Tells of a fault: it begins, and it has been mended. */
export interface FaultListener {
  readonly onFault: (step: Step) => void;
  readonly onHealed: (step: Step) => void;
}

/**
 * Lets the faults of an act happen at their times; resolves when all are healed. What takes longer than the schedule
 * thought (a broker that starts slowly) delays the next fault of the same target, and nothing else.
 *
 * @throws what a fault itself could not do.
 */
export async function performAct(
  world: World,
  act: readonly Step[],
  options: FaultListener & { readonly signal: AbortSignal },
): Promise<void> {
  const startedMs = performance.now();
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  // Every step waits on it.
  setMaxListeners(0, signal);
  const busy = new Map<Target, Promise<void>>();
  const running = act.map((step) => {
    const before = step.fault.targets.map((target) => busy.get(target) ?? Promise.resolve());
    const done = (async () => {
      await delay(Math.max(0, startedMs + step.atMs - performance.now()), undefined, { signal });
      await Promise.all(before);
      await perform(world, step, { ...options, signal });
    })();
    for (const target of step.fault.targets) busy.set(target, done);
    done.catch(() => failed.abort());
    return done;
  });
  const outcomes = await Promise.allSettled(running);
  options.signal.throwIfAborted();
  const reasons = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason as Error] : []));
  // The first is the cause; the others were told to end.
  const cause = reasons.find(({ name }) => name !== 'AbortError') ?? reasons[0];
  if (cause !== undefined) throw cause;
}

async function perform(
  world: World,
  step: Step,
  { onFault, onHealed, signal }: FaultListener & { readonly signal: AbortSignal },
): Promise<void> {
  const { fault, holdMs, seed } = step;
  onFault(step);
  const heal = await fault.run(world, new Random(seed));
  if (heal === undefined) return;
  try {
    await delay(holdMs, undefined, { signal });
  } finally {
    await heal();
  }
  onHealed(step);
}
