/** What the table and the work are like for one run. */
export interface RunShape {
  readonly fileBytes: number;
  readonly batchRows: number;
  readonly fillfactor: number;
  readonly extraIndexes: number;
  readonly isFresh: boolean;
  /** `window.size` of the configuration: what is packed while the next one is read. */
  readonly windowSize: string;
  /** Threads that pack: fewer than there are processors leave one for the reading of rows. */
  readonly workers: number;
}

/** The table as it is where nothing of it is varied. */
export const PLAIN_TABLE = { fillfactor: 100, extraIndexes: 0, isFresh: false } as const;

export interface Variation {
  /** What the values mean, as the head of a column. */
  readonly label: string;
  readonly shapes: (base: RunShape) => readonly { readonly value: string; readonly shape: RunShape }[];
}

export type VariationName = 'size' | 'indexes' | 'fillfactor' | 'batch' | 'freshness' | 'window';

/** What the ratios may depend on; each is tried alone, with everything else as it is. */
export const VARIATIONS: Readonly<Record<VariationName, Variation>> = {
  size: vary('bytes of a file', [200, 2_000, 20_000, 100_000], (fileBytes) => ({ fileBytes })),
  indexes: vary('further indexes', [0, 2, 5], (extraIndexes) => ({ extraIndexes })),
  fillfactor: vary('fillfactor', [100, 90, 70, 50], (fillfactor) => ({ fillfactor })),
  batch: vary('rows of a batch', [100, 1_000, 10_000, 100_000], (batchRows) => ({ batchRows })),
  freshness: vary('rows', ['vacuumed and frozen', 'just written'] as const, (rows) => ({
    isFresh: rows === 'just written',
  })),
  window: vary('window.size', ['1d', '6h', '1h'] as const, (windowSize) => ({ windowSize })),
};

function vary<T extends number | string>(
  label: string,
  values: readonly T[],
  change: (value: T) => Partial<RunShape>,
): Variation {
  return {
    label,
    shapes: (base) =>
      values.map((value) => ({
        value: value.toLocaleString('en-US'),
        shape: { ...base, ...change(value) },
      })),
  };
}
