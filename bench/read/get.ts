import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openSink } from '../../src/sinks/open-sink.ts';
import { openListedShard } from '../../src/sinks/read/shard-reader.ts';
import { benchResult, quantile } from '../bench-result.ts';
import type { BenchResult } from '../bench-result.ts';
import { withSealedArchive } from './sealed-archive.ts';
import type { SealedArchive } from './sealed-archive.ts';

const MEMBERS = 200_000;
const FILE_BYTES = 2_000;
const WARM_UP = 1_000;
const CALLS = 3_000;
const BUILT = new URL('../../dist/', import.meta.url);

/** What get-process.mjs is asked for. */
interface GetJob {
  /** Folder of the built code. */
  readonly built: string;
  readonly url: string;
  readonly rows: readonly { readonly uid: string; readonly createdAt: number }[];
  /** How many of them are read before it is measured. */
  readonly warmUp: number;
}

interface GetRun {
  readonly coldMs: number;
  readonly warmMs: readonly number[];
  readonly peakRssBytes: number;
}

const CORPUS = { files: MEMBERS, fileBytes: FILE_BYTES, distinct: 20_000, filesMax: MEMBERS };

/** One file after another, anywhere in a shard of 200,000, by one process that keeps where things stand. */
export async function benchGet(): Promise<BenchResult[]> {
  return await withSealedArchive(CORPUS, async (archive) => {
    if (archive.shards.length !== 1) throw new Error(`${archive.shards.length} shards, one was meant`);
    // A prime step walks the shard without order.
    const rows = Array.from({ length: WARM_UP + CALLS }, (_, i) => archive.rows[(i * 104_729) % MEMBERS]!);
    const job: GetJob = { built: BUILT.href, url: archive.url, rows, warmUp: WARM_UP };
    const script = join(import.meta.dirname, 'get-process.mjs');
    const jobFile = join(archive.work, 'job.json');
    writeFileSync(jobFile, JSON.stringify(job));
    const { stdout } = await promisify(execFile)(process.execPath, [script, jobFile], {
      maxBuffer: 64 * 1024 * 1024,
    });
    const { coldMs, warmMs, peakRssBytes } = JSON.parse(stdout) as GetRun;
    const floorMs = await readsAlone(archive);
    return ([0.5, 0.99] as const).map((share) =>
      benchResult({
        ...{ name: 'get', unit: `ms, ${share === 0.5 ? 'median' : '99th percentile'}` },
        ours: quantile(warmMs, share),
        peers: { 'page and frame read': quantile(floorMs, share) },
        ...{
          peakRssBytes,
          notes: `${CALLS} files of ${FILE_BYTES} bytes, warm, from one shard of ${MEMBERS} on disk; the first one took ${coldMs.toFixed(1)} ms; the peer reads as many bytes at the same places and does nothing with them`,
        },
      }),
    );
  });
}

/** The two reads of a warm get, and nothing else. */
async function readsAlone({ url, shards }: SealedArchive): Promise<number[]> {
  const sink = openSink(url);
  const { name, layout } = await openListedShard(sink, shards[0]!);
  const { pages } = layout.directory;
  const times: number[] = [];
  for (let i = 0; i < WARM_UP + CALLS; i++) {
    const page = pages.at((i * 104_729) % pages.length);
    const frame = layout.frames.at((i * 104_729) % (layout.frames.length - 1))!;
    const began = performance.now();
    await sink.readRange(name, { offset: page.offset, length: page.bytes });
    await sink.readRange(name, { offset: frame.offset, length: frame.compressedBytes });
    if (i >= WARM_UP) times.push(performance.now() - began);
  }
  return times;
}

/** `npx tsx bench/read/get.ts` */
if (process.argv[1] === import.meta.filename) console.log(JSON.stringify(await benchGet(), null, 2));
