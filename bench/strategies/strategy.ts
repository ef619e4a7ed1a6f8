import type pg from 'pg';
import type { FilesTableTimes } from './files-table.ts';
import type { SourceFiles } from './source-files.ts';

export const STRATEGIES = ['perRecord', 'watermark', 'stream', 'script'] as const;
export type StrategyName = (typeof STRATEGIES)[number];

/** What a strategy works on: its database is its own, the files are those of all. */
export interface StrategyStand {
  readonly url: string;
  readonly client: pg.Client;
  /** Its own, empty; removed afterwards. */
  readonly folder: string;
  readonly files: SourceFiles;
  readonly rows: number;
  readonly batchRows: number;
  /** `window.size` of the configuration. */
  readonly windowSize: string;
  /** `archive.workers` of the configuration. */
  readonly workers: number;
  readonly times: FilesTableTimes;
  /** Empty when no strategy needs Kafka. */
  readonly kafkaBrokers: readonly string[];
}

/** What the tool itself tells, in milliseconds; null where it does not. */
export interface StrategyRun {
  /** From its start to its end, by the clock of the one who waits for it. */
  readonly totalMs: number;
  /** By its own clock, without the start of the program; null where it tells none. */
  readonly insideMs: number | null;
  readonly selectMs: number | null;
  readonly updateMs: number | null;
  readonly packMs: number | null;
  readonly validateMs: number | null;
  /** Rows archived with their files. */
  readonly files: number;
  readonly shards: number;
  readonly shardBytes: number;
}

export interface Strategy {
  /** Whether it needs the column `archived`. */
  readonly isMarking: boolean;
  readonly walLevel: 'replica' | 'logical';
  readonly usesKafka: boolean;
  /** What is done once, before the first cycle: not measured. */
  readonly prepare: (stand: StrategyStand) => Promise<void>;
  readonly run: (stand: StrategyStand) => Promise<StrategyRun>;
}
