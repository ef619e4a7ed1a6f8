/** One line of the table, one object of the JSON file. */
export interface BenchResult {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  /** What does comparable work, measured in the same run. */
  readonly peers: Readonly<Record<string, number>>;
  /** ours divided by the peer. */
  readonly ratio: Readonly<Record<string, number>>;
  /** Highest resident memory of our process; null where it means nothing. */
  readonly peakRssBytes: number | null;
  readonly notes: string;
}

/** Fills in the ratios. */
export function benchResult(measured: Omit<BenchResult, 'ratio'>): BenchResult {
  const ratio = Object.fromEntries(
    Object.entries(measured.peers).map(([peer, value]) => [peer, round(measured.ours / value)]),
  );
  return { ...measured, ratio };
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

/** @param share between 0 and 1: 0.5 is the median. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new Error('no values were measured');
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}
