export { Random } from './random.ts';

/**
 * One seed for every random test of a file: taken from TIDEMARK_SEED, else drawn, and always printed, so that
 * `TIDEMARK_SEED=<seed> npx vitest run <file>` repeats what failed.
 */
export const SEED = readSeed(process.env['TIDEMARK_SEED']);

console.info(`TIDEMARK_SEED=${SEED}`);

function readSeed(text: string | undefined): number {
  if (text === undefined || text === '') return Math.floor(Math.random() * 2 ** 31);
  const seed = Number(text);
  if (!Number.isSafeInteger(seed)) throw new RangeError(`TIDEMARK_SEED is no integer: ${text}`);
  return seed;
}
