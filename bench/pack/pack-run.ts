import { fork } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { Events } from '../../src/base/event-map.ts';
import type { Micros } from '../../src/model/micros.ts';
import type { SealRows } from '../../src/model/seal.ts';
import { openSink } from '../../src/sinks/open-sink.ts';
import { createSealer } from '../../src/sinks/sealer.ts';
import type { Corpus } from './corpus.ts';

/** What one run of our packer gives. */
export interface PackRun {
  readonly seconds: number;
  readonly bytes: number;
  readonly shards: number;
  readonly peakRssBytes: number;
  /** Of all threads. */
  readonly cpuSeconds: number;
}

interface PackJob {
  readonly corpus: Corpus;
  readonly archive: string;
  readonly workers: number;
}

/** Packs in a process of its own, so that its memory is its own. The threads are warmed by a first small seal. */
export async function runPack(job: PackJob): Promise<PackRun> {
  rmSync(job.archive, { recursive: true, force: true });
  const child = fork(import.meta.filename, [], { execArgv: ['--import', 'tsx'], serialization: 'json' });
  try {
    return await new Promise<PackRun>((resolve, reject) => {
      child.once('message', (run) => resolve(run as PackRun));
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`the packing process ended with ${code}`)));
      child.send(job);
    });
  } finally {
    child.removeAllListeners('exit');
    child.kill();
    rmSync(job.archive, { recursive: true, force: true });
  }
}

async function pack({ corpus, archive, workers }: PackJob): Promise<PackRun> {
  const sealer = createSealer({
    sink: openSink(pathToFileURL(archive).href),
    payload: 'file',
    roots: [corpus.folder],
    bytesMax: 256 * 1024 * 1024,
    filesMax: 100_000,
    level: 3,
    workers,
    toolVersion: 'bench',
    events: new Events(),
  });
  const { signal } = new AbortController();
  await sealer.seal(request(rowsOf({ ...corpus, paths: corpus.paths.slice(0, 8) }), 0), signal);
  const began = performance.now();
  const cpuBefore = process.cpuUsage();
  const { manifest } = await sealer.seal(request(rowsOf(corpus), 1), signal);
  const seconds = (performance.now() - began) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  await sealer.close();
  return {
    seconds,
    bytes: manifest.shards.reduce((sum, shard) => sum + shard.bytes, 0),
    shards: manifest.shards.length,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    peakRssBytes: Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))![1]) * 1024,
  };
}

function request(rows: SealRows, partition: number) {
  return {
    rows,
    name: {
      table: 'public.files',
      window: { start: 0 as Micros, end: 86_400_000_000 as Micros },
      partition,
      partitionCount: 2,
      kind: 'window',
      firstOffset: null,
    },
    duplicates: 0,
    offsets: null,
    firstPart: 1,
    dropCommitted: false,
  } as const;
}

/** Uids as random as UUIDs are, but the same in every run. */
function rowsOf({ paths, fileBytes }: Corpus): SealRows {
  const uids = paths.map((_, i) => {
    const hex = createHash('md5').update(String(i)).digest('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  });
  return {
    count: paths.length,
    createdAt: (i) => (i + 1) as Micros,
    uid: (i) => uids[i]!,
    fileLocation: (i) => paths[i]!,
    sizeBytes: () => fileBytes,
    line: (i) =>
      Buffer.from(
        `{"uid":"${uids[i]}","created_at":${i + 1},"file_location":"${paths[i]}","size_bytes":${fileBytes}}`,
      ),
    offset: () => null,
  };
}

if (process.argv[1] === import.meta.filename)
  process.once('message', (job) => {
    void pack(job as PackJob).then(
      (run) => process.send!(run),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
