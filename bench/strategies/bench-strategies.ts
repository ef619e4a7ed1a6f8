import type { StrategyCost } from './strategy-cost.ts';
import { builtCli } from '../../test/support/built-cli.ts';
import { runPack } from '../pack/pack-run.ts';
import type { BenchOptions } from './bench-options.ts';
import { times } from './figures.ts';
import { measureStrategy } from './measure-strategy.ts';
import { perRecordStrategy, watermarkStrategy } from './run-cycle.ts';
import { scriptStrategy } from './run-script.ts';
import { streamStrategy } from './run-stream.ts';
import { makeSourceFiles, warmCache } from './source-files.ts';
import type { SourceFiles } from './source-files.ts';
import { strategiesReport } from './strategies-report.ts';
import type { StrategiesReport } from './strategies-report.ts';
import type { Strategy, StrategyName } from './strategy.ts';
import { PARTITIONS } from './tidemark-config.ts';
import { PLAIN_TABLE } from './variations.ts';
import type { RunShape } from './variations.ts';

const STRATEGY_OF: Readonly<Record<StrategyName, Strategy>> = {
  perRecord: perRecordStrategy,
  watermark: watermarkStrategy,
  stream: streamStrategy,
  script: scriptStrategy,
};

export interface BenchPlace {
  /** For files and archives; its owner removes it. */
  readonly work: string;
  /** Needed for the stream. */
  readonly kafkaBrokers: readonly string[];
  readonly say: (line: string) => void;
}

type Measured = Pick<
  BenchOptions,
  'rows' | 'fileBytes' | 'distinctFiles' | 'batchRows' | 'windowSize' | 'workers' | 'only' | 'repeat'
>;

/** The table: each strategy over the same rows and files, then packing those files alone. */
export async function benchStrategies(options: Measured, place: BenchPlace): Promise<StrategiesReport> {
  const { rows, fileBytes, distinctFiles, batchRows, windowSize, workers, only, repeat } = options;
  place.say(`making ${distinctFiles} files of ${fileBytes} bytes …`);
  const files = makeSourceFiles({ work: place.work, files: distinctFiles, fileBytes });
  const shape = { ...PLAIN_TABLE, fileBytes, batchRows, windowSize, workers };
  return await measureReport({ names: only, rows, shape, files, repeat, place });
}

interface MeasureReportOptions {
  readonly names: readonly StrategyName[];
  readonly rows: number;
  readonly shape: RunShape;
  readonly files: SourceFiles;
  readonly place: BenchPlace;
}

/** @returns the run in the middle of `repeat`. */
export async function measureReport({
  repeat,
  ...options
}: MeasureReportOptions & { readonly repeat: number }): Promise<StrategiesReport> {
  const reports: StrategiesReport[] = [];
  while (reports.length < repeat) reports.push(await measureOnce(options));
  if (repeat > 1)
    options.place.say(`watermark / packing alone: ${reports.map(besidePacking).map(times).join(', ')}`);
  return inTheMiddle(reports);
}

async function measureOnce(options: MeasureReportOptions): Promise<StrategiesReport> {
  const { names, rows, shape, files } = options;
  const strategies = await measureEach(options);
  return strategiesReport({
    ...{ rows, sizeBytes: shape.fileBytes, distinctFiles: files.corpus.paths.length },
    ...{ batchRows: shape.batchRows, strategies },
    packAloneMs: names.includes('watermark') ? await packAlone(options) : null,
  });
}

/** Of several runs the one with the median of watermark / packing alone. */
export function inTheMiddle(reports: readonly StrategiesReport[]): StrategiesReport {
  const sorted = [...reports].sort((a, b) => (besidePacking(a) ?? 0) - (besidePacking(b) ?? 0));
  return sorted[Math.floor(sorted.length / 2)]!;
}

function besidePacking({ ratios }: StrategiesReport): number | null {
  return ratios.packAloneInside;
}

async function measureEach({
  names,
  rows,
  shape,
  files,
  place,
}: MeasureReportOptions): Promise<Partial<Record<StrategyName, StrategyCost>>> {
  // Before anything is measured: a build of old code takes both processors for a while.
  builtCli();
  const costs: Partial<Record<StrategyName, StrategyCost>> = {};
  for (const name of names) {
    const began = performance.now();
    place.say(`${name}: ${rows} rows …`);
    costs[name] = await measureStrategy({
      strategy: STRATEGY_OF[name],
      table: { rows, ...shape },
      ...{ batchRows: shape.batchRows, windowSize: shape.windowSize, workers: shape.workers },
      ...{ files, work: place.work, kafkaBrokers: place.kafkaBrokers },
    });
    const seconds = Math.round((performance.now() - began) / 1_000);
    place.say(`${name}: ${(costs[name].totalMs / 1_000).toFixed(1)} s, ${seconds} s with filling the table`);
  }
  return costs;
}

/**
 * Packs the files in the order in which they stand in the shards, a partition after another. In the order of the folders
 * neighbours resemble each other more, and compress faster.
 *
 * @returns milliseconds.
 */
async function packAlone({ rows, shape, files, place }: MeasureReportOptions): Promise<number> {
  place.say('packing the same files alone …');
  warmCache(files);
  const partitions = Array.from({ length: PARTITIONS }, (): string[] => []);
  // Keys are random: each partition holds about every fourth row.
  for (let row = 0; row < rows; row++) partitions[row % PARTITIONS]!.push(files.pathOf(row));
  const corpus = { ...files.corpus, paths: partitions.flat() };
  const { seconds } = await runPack({ corpus, work: place.work, workers: shape.workers });
  return seconds * 1_000;
}
