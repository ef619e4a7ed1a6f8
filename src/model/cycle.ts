import type { Micros } from './micros.ts';

export const CYCLE_STRATEGIES = ['watermark', 'per-record'] as const;

/** `watermark`: one UPDATE of `archived_until` a cycle; `per-record`: `archived = TRUE` for each row. */
export type CycleStrategy = (typeof CYCLE_STRATEGIES)[number];

/** What one batch cycle over one table has done. Its JSON form is part of the product's face (docs/strategies.md). */
export interface CycleReport {
  readonly table: string;
  readonly strategy: CycleStrategy;
  /** Nothing was written. */
  readonly dryRun: boolean;
  /** Null when nothing was due. The per-record strategy has no start: it begins at the first row of the table. */
  readonly window: { readonly start: Micros | null; readonly end: Micros } | null;
  /** Windows of `window.size` that hold rows. */
  readonly windows: number;
  /** Rows archived; in a dry run rows that would be tried. */
  readonly files: number;
  /** Of the files and lines before packing. */
  readonly bytes: number;
  readonly rejects: number;
  readonly shards: number;
  readonly shardBytes: number;
  /** Those of `shards` that an earlier cycle had left, whole. */
  readonly reusedShards: number;
  /** UPDATE statements. */
  readonly updates: number;
  /** After the cycle; null where no row of des_archive_config is used. */
  readonly archivedUntil: Micros | null;
  readonly durationMs: number;
  readonly phases: CyclePhases;
}

export interface CyclePhases {
  /** Waiting for rows of the database. */
  readonly selectMs: number;
  /** Looking at files apart from packing them; null: packing looks at each file as it reads it. */
  readonly validateMs: number | null;
  /** While at least one seal was under way. */
  readonly packMs: number;
  readonly updateMs: number;
}
