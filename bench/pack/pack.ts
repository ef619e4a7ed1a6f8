import { mkdirSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchResult } from '../bench-result.ts';
import type { BenchResult } from '../bench-result.ts';
import { makeCorpus } from './corpus.ts';
import { runFloor, runPack } from './pack-run.ts';
import { runTarPipe } from './tar-pipe.ts';

export interface PackBenchOptions {
  readonly files?: number;
  readonly fileBytes?: number;
  readonly workers?: number;
  /** Runs of each; the best counts, for us and for the peers. */
  readonly runs?: number;
}

/** 200,000 files of 2 KB. */
export async function benchPackSmall(options: PackBenchOptions = {}): Promise<BenchResult[]> {
  return await bench('pack-small', { files: 200_000, fileBytes: 2_000, ...options });
}

/** 2,000 files of 1 MB. */
export async function benchPackLarge(options: PackBenchOptions = {}): Promise<BenchResult[]> {
  return await bench('pack-large', { files: 2_000, fileBytes: 1_000_000, ...options });
}

async function bench(
  name: string,
  options: PackBenchOptions & { files: number; fileBytes: number },
): Promise<BenchResult[]> {
  const work = join(tmpdir(), `tidemark-bench-${process.pid}`);
  mkdirSync(work, { recursive: true });
  try {
    const corpus = makeCorpus({ folder: join(work, 'source'), ...options });
    const workers = options.workers ?? availableParallelism();
    const megabytes = (options.files * options.fileBytes) / 1e6;
    const best = { ours: 0, t1: 0, t2: 0, floor: 0, format: 0 };
    let [peakRssBytes, notes] = [0, ''];
    // The first pass of tar warms the cache for all.
    runTarPipe({ folder: corpus.folder, threads: 1, work });
    for (let run = 0; run < (options.runs ?? 2); run++) {
      const t1 = runTarPipe({ folder: corpus.folder, threads: 1, work });
      const ours = await runPack({ corpus, work, workers });
      const t2 = runTarPipe({ folder: corpus.folder, threads: 2, work });
      const floorSeconds = await runFloor({ corpus, work, workers, hasFormat: false });
      best.floor = Math.max(best.floor, megabytes / floorSeconds);
      const formatSeconds = await runFloor({ corpus, work, workers, hasFormat: true });
      best.format = Math.max(best.format, megabytes / formatSeconds);
      best.t1 = Math.max(best.t1, megabytes / t1.seconds);
      best.ours = Math.max(best.ours, megabytes / ours.seconds);
      best.t2 = Math.max(best.t2, megabytes / t2.seconds);
      peakRssBytes = Math.max(peakRssBytes, ours.peakRssBytes);
      notes =
        `${options.files} files of ${options.fileBytes} bytes, ${workers} workers, ${ours.shards} shards; ` +
        `ratio ours ${((megabytes * 1e6) / ours.bytes).toFixed(2)}, pipe ${((megabytes * 1e6) / t1.bytes).toFixed(2)}; ` +
        `ours hashes, indexes and syncs, and takes ${ours.cpuSeconds.toFixed(1)} s of CPU`;
    }
    const peers = {
      'tar | zstd -3 -T1': round(best.t1),
      'tar | zstd -3 -T2': round(best.t2),
      'Node alone': round(best.floor),
      'Node and the format': round(best.format),
    };
    return [benchResult({ name, unit: 'MB/s', ours: round(best.ours), peers, peakRssBytes, notes })];
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function round(value: number): number {
  return Number(value.toFixed(1));
}

/** `npx tsx bench/pack/pack.ts [small|large] [files]` */
if (process.argv[1] === import.meta.filename) {
  const [kind, files] = process.argv.slice(2);
  const options = files === undefined ? {} : { files: Number(files) };
  if (kind !== 'large') console.log(JSON.stringify(await benchPackSmall(options), null, 2));
  if (kind !== 'small') console.log(JSON.stringify(await benchPackLarge(options), null, 2));
}
