import { describe, expect, test } from 'vitest';
import { report } from '../support/report.ts';
import { SEED } from '../support/seed.ts';
import { simulate } from './simulate.ts';
import type { SimulationResult } from './simulate.ts';

const RUNS = 500;

/** Every step at which a process may die, and what it must be struck with there in 500 runs. */
const STEPS = [
  'fence',
  'fenced',
  'gate',
  'seal begins',
  'shard not yet stored',
  'shard stored',
  'manifest not yet stored',
  'manifest stored',
  'commit begins',
  'committed',
  'row not yet read',
  'committed watermarks not yet read',
  'not yet updated',
  'updated',
];

async function simulateOrSay(seed: number): Promise<SimulationResult> {
  try {
    return await simulate(seed);
  } catch (cause) {
    throw new Error(
      `run failed; repeat it with TIDEMARK_SEED=${seed} npx vitest run --project unit test/simulation`,
      { cause },
    );
  }
}

describe('the archive under crashes, zombies, late rows, duplicates and poison', () => {
  test(`archives every row once in ${RUNS} seeded lives of the system`, async () => {
    const results: SimulationResult[] = [];
    for (let run = 0; run < RUNS; run++) results.push(await simulateOrSay(SEED + run));

    const total = (pick: (result: SimulationResult) => number) =>
      results.reduce((sum, result) => sum + pick(result), 0);
    report(
      `${total((r) => r.lives)} lives, ${total((r) => r.fates.get('fenced') ?? 0)} fenced, ${total((r) => r.lateRows)} late rows, ${total((r) => r.earlyParts)} early parts`,
    );
    const struckAt = new Set(results.flatMap((result) => [...result.struckAt]));
    expect(STEPS.filter((step) => !struckAt.has(`kill at: ${step}`))).toEqual([]);
    expect(STEPS.filter((step) => !struckAt.has(`stop at: ${step}`))).toEqual([]);
    expect(total((r) => r.fates.get('fenced') ?? 0)).toBeGreaterThan(0);
    expect(total((r) => r.lateRows)).toBeGreaterThan(0);
    expect(total((r) => r.earlyParts)).toBeGreaterThan(0);
  });
});
