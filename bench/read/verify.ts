import { benchResult } from '../bench-result.ts';
import type { BenchResult } from '../bench-result.ts';
import { withSealedArchive } from './sealed-archive.ts';
import { timedCommand, timedTidemark } from './timed-command.ts';

const RUNS = 3;

/**
 * Every byte of an archive compared with everything that can be compared, beside `zstd -t`, which compares one checksum
 * a frame. In turns; the best of each counts.
 */
export async function benchVerify(): Promise<BenchResult[]> {
  return [
    // Enough that the work is measured and not the start, which the figures hold all the same.
    await bench('verify-small', { files: 800_000, fileBytes: 2_000, distinct: 100_000 }),
    await bench('verify-large', { files: 4_000, fileBytes: 1_000_000, distinct: 1_000 }),
  ];
}

async function bench(
  name: string,
  corpus: { readonly files: number; readonly fileBytes: number; readonly distinct: number },
): Promise<BenchResult> {
  return await withSealedArchive(corpus, async ({ url, paths, megabytes }) => {
    const best = { ours: 0, zstd: 0 };
    let peakRssBytes = 0;
    for (let run = 0; run < RUNS; run++) {
      best.zstd = Math.max(best.zstd, megabytes / (await timedCommand('zstd', ['-tq', ...paths])));
      const ours = await timedTidemark(['verify', '--sink', url]);
      best.ours = Math.max(best.ours, megabytes / ours.seconds);
      peakRssBytes = Math.max(peakRssBytes, ours.peakRssBytes);
    }
    return benchResult({
      name,
      unit: 'MB/s',
      ours: best.ours,
      peers: { 'zstd -t': best.zstd },
      peakRssBytes,
      notes: `${corpus.files} files of ${corpus.fileBytes} bytes in ${paths.length} shards, start of the command included, best of ${RUNS}; ours compares tar headers, index, tables and the sha256 of every file and shard`,
    });
  });
}

/** `npx tsx bench/read/verify.ts` */
if (process.argv[1] === import.meta.filename) console.log(JSON.stringify(await benchVerify(), null, 2));
