import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Corpus } from './corpus.ts';

const BUILT = new URL('../../dist/', import.meta.url);
const PROCESS = join(import.meta.dirname, 'pack-process.mjs');
const FLOOR = join(import.meta.dirname, 'node-floor.mjs');

/** What one run of our packer gives. */
export interface PackRun {
  readonly seconds: number;
  readonly bytes: number;
  readonly shards: number;
  /** The kernel's own high-water mark of the whole process, threads included. */
  readonly peakRssBytes: number;
  /** Of all threads. */
  readonly cpuSeconds: number;
}

/** What pack-process.mjs is asked for. */
interface PackJob {
  /** Folder of the built code. */
  readonly built: string;
  readonly folder: string;
  /** File with the path of each source file, a line each. */
  readonly listing: string;
  readonly fileBytes: number;
  readonly archive: string;
  readonly workers: number;
}

/** Packs with the built code in a process of its own. TIDEMARK_BENCH_BUILT (a file URL) names another build than dist/. */
export async function runPack(options: { corpus: Corpus; work: string; workers: number }): Promise<PackRun> {
  const { corpus, work, workers } = options;
  const archive = join(work, 'archive');
  const listing = join(work, 'listing');
  writeListing(corpus, listing);
  const built = process.env['TIDEMARK_BENCH_BUILT'] ?? BUILT.href;
  const job: PackJob = {
    built,
    folder: corpus.folder,
    listing,
    fileBytes: corpus.fileBytes,
    archive,
    workers,
  };
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [PROCESS, JSON.stringify(job)]);
    return JSON.parse(stdout) as PackRun;
  } finally {
    rmSync(archive, { recursive: true, force: true });
  }
}

/**
 * @returns seconds that Node's threads need for reading, hashing and compressing the same files and nothing else; with
 * `hasFormat` for making what the format asks for as well.
 */
export async function runFloor(options: {
  readonly corpus: Corpus;
  readonly work: string;
  readonly workers: number;
  readonly hasFormat: boolean;
}): Promise<number> {
  const { corpus, work, workers, hasFormat } = options;
  const [listing, target] = [join(work, 'listing'), join(work, 'floor')];
  writeListing(corpus, listing);
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [
      FLOOR,
      ...[listing, String(corpus.fileBytes), String(workers), target],
      ...(hasFormat ? [BUILT.href] : []),
    ]);
    return Number(stdout);
  } finally {
    rmSync(target, { force: true });
  }
}

function writeListing(corpus: Corpus, path: string): void {
  writeFileSync(path, corpus.paths.map((line) => `${line}\n`).join(''));
}
