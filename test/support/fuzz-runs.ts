import { SEED } from './seed.ts';

/** `TIDEMARK_FUZZ=100 npx vitest run --project unit fuzz` looks a hundred times as long as a run of the suite does. */
const FACTOR = readFactor(process.env['TIDEMARK_FUZZ']);

/** @param count how many inputs a run of the suite tries. */
export function runs(count: number): { seed: number; numRuns: number } {
  return { seed: SEED, numRuns: count * FACTOR };
}

function readFactor(text: string | undefined): number {
  if (text === undefined || text === '') return 1;
  const factor = Number(text);
  if (!Number.isSafeInteger(factor) || factor < 1)
    throw new RangeError(`TIDEMARK_FUZZ is no factor: ${text}`);
  return factor;
}
