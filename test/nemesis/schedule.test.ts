import { expect, test } from 'vitest';
import { FAULTS } from './faults.ts';
import { actsOf, computeSchedule } from './schedule.ts';

const FIVE_MINUTES_MS = 300_000;

test('the same seed makes the same schedule, another seed another one', () => {
  const schedule = (seed: number) => computeSchedule({ faults: FAULTS, seed, durationMs: FIVE_MINUTES_MS });
  expect(schedule(7)).toEqual(schedule(7));
  expect(schedule(7)).not.toEqual(schedule(8));
});

test('every fault comes once before any comes again', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const steps = computeSchedule({ faults: FAULTS, seed, durationMs: FIVE_MINUTES_MS });
    const first = steps.slice(0, FAULTS.length).map(({ fault }) => fault.name);
    expect(new Set(first).size).toBe(FAULTS.length);
  }
});

test('faults of one target never overlap, and all are over when the time is', () => {
  const steps = computeSchedule({ faults: FAULTS, seed: 11, durationMs: FIVE_MINUTES_MS });
  for (const [index, { fault, atMs, holdMs }] of steps.entries()) {
    expect(atMs + holdMs).toBeLessThan(FIVE_MINUTES_MS);
    for (const other of steps.slice(index + 1)) {
      if (other.fault.targets.some((target) => fault.targets.includes(target)))
        expect(other.atMs).toBeGreaterThanOrEqual(atMs + holdMs + fault.settleMs);
    }
  }
});

test('the acts hold the whole schedule, each with times from its own beginning', () => {
  const steps = computeSchedule({ faults: FAULTS, seed: 11, durationMs: FIVE_MINUTES_MS });
  const acts = actsOf(steps);
  expect(acts.flat().map(({ fault, seed }) => [fault, seed])).toEqual(
    steps.map(({ fault, seed }) => [fault, seed]),
  );
  for (const act of acts) expect(act[0]!.atMs).toBe(1_000);
});
