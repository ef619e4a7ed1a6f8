import { Random } from '../support/random.ts';
import type { Fault, Target } from './fault.ts';

/** A fault with its time, both in milliseconds since the schedule began. */
export interface Step {
  readonly fault: Fault;
  readonly atMs: number;
  readonly holdMs: number;
  /** Where the fault's own choices come from. */
  readonly seed: number;
}

/** Everything is whole, and what was written is archived, before the first fault of an act. */
const FIRST_AT_MS = 1_000;
const GAP_MS = [1_000, 7_000] as const;

/**
 * Faults in a random order that the seed repeats: each once before any comes again. Faults of different targets may
 * overlap, those of one target never do.
 */
export function computeSchedule(options: {
  readonly faults: readonly Fault[];
  readonly seed: number;
  readonly durationMs: number;
}): Step[] {
  const random = new Random(options.seed);
  const freeAtMs = new Map<Target, number>();
  const steps: Step[] = [];
  let deck: Fault[] = [];
  for (let nowMs = FIRST_AT_MS; ; nowMs += random.between(...GAP_MS)) {
    if (deck.length === 0) deck = shuffle(options.faults, random);
    const startOf = ({ targets }: Fault): number =>
      Math.max(nowMs, ...targets.map((target) => freeAtMs.get(target) ?? 0));
    const fault = deck.reduce((best, other) => (startOf(other) < startOf(best) ? other : best));
    deck.splice(deck.indexOf(fault), 1);
    const atMs = startOf(fault);
    const holdMs = random.between(...fault.holdMs);
    const overMs = atMs + holdMs + fault.settleMs;
    if (overMs > options.durationMs) return steps;
    for (const target of fault.targets) freeAtMs.set(target, overMs);
    steps.push({ fault, atMs, holdMs, seed: random.between(0, 2 ** 31 - 1) });
    nowMs = atMs;
  }
}

function shuffle<T>(items: readonly T[], random: Random): T[] {
  const mixed = [...items];
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = random.between(0, i);
    [mixed[i], mixed[j]] = [mixed[j]!, mixed[i]!];
  }
  return mixed;
}

/** So many faults come over each other; then the archive has to catch up. */
const ACT_FAULTS = 8;

/** The schedule in pieces, with the times of each counted from its own beginning. */
export function actsOf(steps: readonly Step[]): Step[][] {
  const acts: Step[][] = [];
  for (let from = 0; from < steps.length; from += ACT_FAULTS) {
    const act = steps.slice(from, from + ACT_FAULTS);
    const beganAtMs = act[0]!.atMs - FIRST_AT_MS;
    acts.push(act.map((step) => ({ ...step, atMs: step.atMs - beganAtMs })));
  }
  return acts;
}
