import { expect, test } from 'vitest';
import { FAULTS } from './faults.ts';
import { computeSchedule } from './schedule.ts';

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
