import type { AdviseFacts } from './facts.ts';

/** The ways of remembering what is archived. */
export const STRATEGIES = ['watermark', 'hybrid', 'per-record'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** What no database knows, and its owner does. */
export const NEEDS = ['column', 'audit', 'retry', 'any-order'] as const;
export type Need = (typeof NEEDS)[number];

export interface Reason {
  readonly favours: Strategy;
  /** One sentence with its figures. */
  readonly what: string;
}

/** One table of `tidemark advise --json` (docs/advise.md). Part of the product's face: fields are added, never changed. */
export interface Advice {
  readonly table: string;
  readonly strategy: Strategy;
  readonly reasons: readonly Reason[];
  /** What could not be known, and what only its owner knows. */
  readonly unknown: readonly string[];
  readonly cost: UpdateCost;
  readonly facts: AdviseFacts;
}

/** What setting the column costs. */
export interface UpdateCost {
  /** Measured by a sample that was rolled back, or estimated from sizes. */
  readonly source: 'sample' | 'estimate';
  readonly walBytesPerRow: number | null;
  /** Null without a sample. */
  readonly msPerRow: number | null;
  /** At the rate at which the table grows; null when that is not known. */
  readonly walBytesPerDay: number | null;
  readonly secondsPerDay: number | null;
  /** For every row of the table. */
  readonly walBytesOfAll: number | null;
}
