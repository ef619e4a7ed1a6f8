/** What the values of a label can be: fixed words, or a set that the configuration or the code bounds. */
export type LabelBound =
  readonly string[] | 'tables' | 'topics' | 'partitions' | 'paths' | 'HTTP status codes' | 'error codes';

/** One metric: all that there is to know of it. docs/metrics.md is made of these. */
export interface Metric {
  readonly name: `des_${string}`;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** What it counts. Goes out with `/metrics`. */
  readonly help: string;
  /** Names in the order in which values are given. Bounded, whatever rows there are: never a uid or the name of a file. */
  readonly labels: Readonly<Record<string, LabelBound>>;
  /** What an operator looks at when it moves, or does not. */
  readonly look: string;
}

export const BY_TABLE = { table: 'tables' } as const;
export const BY_PARTITION = { table: 'tables', partition: 'partitions' } as const;
