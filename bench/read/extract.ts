import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { benchResult } from '../bench-result.ts';
import type { BenchResult } from '../bench-result.ts';
import { withSealedArchive } from './sealed-archive.ts';
import type { SealedArchive } from './sealed-archive.ts';
import { timedCommand, timedTidemark } from './timed-command.ts';
import type { TimedRun } from './timed-command.ts';

const RUNS = 3;
/** A folder for each shard, as ours has. */
const UNTAR = 'mkdir -p "$1/$(basename "$2")" && tar --zstd -xf "$2" -C "$1/$(basename "$2")"';

/**
 * Everything of an archive, by the command as users run it, which compares the digest of every file; beside it
 * `tar --zstd -x` of the same shards, one after another and side by side. In turns; the best of each counts.
 */
export async function benchExtract(): Promise<BenchResult[]> {
  return [
    await bench('extract-small', { files: 400_000, fileBytes: 2_000, distinct: 100_000, inMemory: true }),
    await bench('extract-large', { files: 1_000, fileBytes: 1_000_000 }),
  ];
}

async function bench(
  name: string,
  corpus: {
    readonly files: number;
    readonly fileBytes: number;
    readonly distinct?: number;
    readonly inMemory?: boolean;
  },
): Promise<BenchResult> {
  return await withSealedArchive(corpus, async (archive) => {
    const best = { ours: 0, one: 0, tar: 0, tars: 0 };
    const jobs = availableParallelism();
    let peakRssBytes = 0;
    const ours = async (to: string, threads: number): Promise<number> => {
      const run = await extract(archive, to, threads);
      peakRssBytes = Math.max(peakRssBytes, run.peakRssBytes);
      return run.seconds;
    };
    for (let run = 0; run < RUNS; run++) {
      best.tar = Math.max(best.tar, await speedOf(archive, (to) => untar(archive, to, 1)));
      best.ours = Math.max(best.ours, await speedOf(archive, (to) => ours(to, jobs)));
      best.tars = Math.max(best.tars, await speedOf(archive, (to) => untar(archive, to, jobs)));
      best.one = Math.max(best.one, await speedOf(archive, (to) => ours(to, 1)));
    }
    return benchResult({
      name,
      unit: 'MB/s',
      ours: best.ours,
      peers: { 'tar --zstd -x': best.tar, [`${jobs} tars`]: best.tars, 'ours with --jobs 1': best.one },
      peakRssBytes,
      notes: `${corpus.files} files of ${corpus.fileBytes} bytes in ${archive.paths.length} shards${corpus.inMemory === true ? ', all in memory' : ''}, start of the command included, best of ${RUNS}; ours compares the digest of every file and names it when it is whole`,
    });
  });
}

async function speedOf(
  { work, megabytes }: SealedArchive,
  unpack: (folder: string) => Promise<number>,
): Promise<number> {
  const folder = join(work, 'out');
  try {
    return megabytes / (await unpack(folder));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function extract({ url }: SealedArchive, folder: string, jobs: number): Promise<TimedRun> {
  return timedTidemark(['extract', '--sink', url, '-o', folder, '--jobs', String(jobs)]);
}

function untar({ paths }: SealedArchive, folder: string, atOnce: number): Promise<number> {
  const script = `to=$1; n=$2; shift 2; printf '%s\\0' "$@" | xargs -0 -n 1 -P "$n" sh -c '${UNTAR}' sh "$to"`;
  return timedCommand('sh', ['-c', script, 'sh', folder, String(atOnce), ...paths]);
}

/** `npx tsx bench/read/extract.ts` */
if (process.argv[1] === import.meta.filename) console.log(JSON.stringify(await benchExtract(), null, 2));
