const FIRST_MS = 200;
const MOST_MS = 15_000;

/** Doubles with each attempt, with a quarter of chance in it so that many processes do not come back as one. */
export function computeBackoffMs(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(attempt - 1, 16));
  return Math.round(full * (0.75 + random() * 0.25));
}
