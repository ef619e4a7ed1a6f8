import type { StrategyCost } from './strategy-cost.ts';
import { builtCli } from '../../test/support/built-cli.ts';
import { runPack } from '../pack/pack-run.ts';
import type { BenchOptions } from './bench-options.ts';
import { measureStrategy } from './measure-strategy.ts';
import { perRecordStrategy, watermarkStrategy } from './run-cycle.ts';
import { scriptStrategy } from './run-script.ts';
import { streamStrategy } from './run-stream.ts';
import { makeSourceFiles, warmCache } from './source-files.ts';
import type { SourceFiles } from './source-files.ts';
import { strategiesReport } from './strategies-report.ts';
import type { StrategiesReport } from './strategies-report.ts';
import type { Strategy, StrategyName } from './strategy.ts';
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
  const { rows, fileBytes, distinctFiles, batchRows, windowSize, workers, only } = options;
  place.say(`making ${distinctFiles} files of ${fileBytes} bytes …`);
  const files = makeSourceFiles({ work: place.work, files: distinctFiles, fileBytes });
  const shape = { ...PLAIN_TABLE, fileBytes, batchRows, windowSize, workers };
  const reports: StrategiesReport[] = [];
  while (reports.length < options.repeat) {
    const strategies = await measureEach({ names: only, rows, shape, files, place });
    reports.push(
      strategiesReport({
        ...{ rows, sizeBytes: fileBytes, distinctFiles, batchRows, strategies },
        packAloneMs: only.includes('watermark') ? await packAlone({ rows, files, workers, place }) : null,
      }),
    );
  }
  const ratioOf = ({ ratios }: StrategiesReport): number => ratios.packAloneInside ?? 0;
  reports.sort((a, b) => ratioOf(a) - ratioOf(b));
  if (reports.length > 1) place.say(`watermark / packing alone: ${reports.map(ratioOf).join(', ')}`);
  return reports[Math.floor(reports.length / 2)]!;
}

export async function measureEach(options: {
  names: readonly StrategyName[];
  rows: number;
  shape: RunShape;
  files: SourceFiles;
  place: BenchPlace;
}): Promise<Partial<Record<StrategyName, StrategyCost>>> {
  const { names, rows, shape, files, place } = options;
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

/** Of a table that does not say otherwise. */
const PARTITIONS = 4;

/**
 * Packs the files in the order in which they stand in the shards: a partition holds every fourth row or so. In the
 * order of the folders neighbours resemble each other more, and compress faster.
 *
 * @returns milliseconds.
 */
export async function packAlone(options: {
  readonly rows: number;
  readonly files: SourceFiles;
  readonly workers: number;
  readonly place: BenchPlace;
}): Promise<number> {
  const { rows, files, workers, place } = options;
  place.say('packing the same files alone …');
  warmCache(files);
  const paths = Array.from({ length: PARTITIONS }, (_, partition) =>
    Array.from({ length: Math.ceil((rows - partition) / PARTITIONS) }, (__, i) =>
      files.pathOf(partition + i * PARTITIONS),
    ),
  ).flat();
  const corpus = { ...files.corpus, paths };
  const { seconds } = await runPack({ corpus, work: place.work, workers });
  return seconds * 1_000;
}
