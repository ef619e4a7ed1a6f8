import { execFile, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Events } from '../../src/base/event-map.ts';
import { formatMicros } from '../../src/model/micros.ts';
import type { Micros } from '../../src/model/micros.ts';
import { openSink } from '../../src/sinks/open-sink.ts';
import { createSealer } from '../../src/sinks/sealer.ts';
import { request, sealerDefaults, WINDOW_START } from '../../test/sinks/support/seal-request.ts';
import type { TestRow } from '../../test/sinks/support/seal-rows.ts';
import { freePorts } from '../../test/support/services/free-port.ts';
import { benchResult } from '../bench-result.ts';
import type { BenchResult } from '../bench-result.ts';
import { makeCorpus } from '../pack/corpus.ts';
import { startNginx } from './nginx.ts';
import { untilAnswers } from './until-answers.ts';

const TIDEMARK = join(import.meta.dirname, '../../dist/cli/main.js');
const LOAD = join(import.meta.dirname, 'load.mjs');
const CONNECTIONS = 16;
const SECONDS = 5;
/** Of each, in turns; the best counts. */
const RUNS = 3;

interface Load {
  readonly files: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Files out of one shard over `tidemark serve`, beside nginx with the same files loose in folders. */
export async function benchHttp(): Promise<BenchResult[]> {
  const work = join(tmpdir(), `tidemark-bench-${process.pid}`);
  try {
    return [
      await bench(work, {
        name: 'http-small',
        files: 20_000,
        fileBytes: 2_000,
        order: 'random',
        unit: 'files/s',
      }),
      await bench(work, {
        name: 'http-page',
        files: 20_000,
        fileBytes: 2_000,
        order: 'in turn',
        unit: 'files/s',
      }),
      await bench(work, {
        name: 'http-large',
        files: 200,
        fileBytes: 1_000_000,
        order: 'random',
        unit: 'MB/s',
      }),
    ];
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

interface Scene {
  readonly name: string;
  readonly files: number;
  readonly fileBytes: number;
  readonly order: 'random' | 'in turn';
  readonly unit: 'files/s' | 'MB/s';
}

async function bench(work: string, scene: Scene): Promise<BenchResult> {
  const corpus = makeCorpus({ folder: join(work, 'source'), ...scene });
  const rows = corpus.paths.map((fileLocation, i) => ({
    ...{ uid: `file-${i}`, createdAt: WINDOW_START + 1 + i, fileLocation, sizeBytes: scene.fileBytes },
  }));
  const archive = join(work, 'archive');
  await seal(archive, corpus.folder, rows);
  const listings = writeListings(work, corpus.folder, rows);
  const nginx = await startNginx({ folder: corpus.folder, work });
  const ours = await startServer(archive);
  const best: { ours?: Load; nginx?: Load } = {};
  try {
    for (let run = 0; run < RUNS; run++)
      for (const [name, url] of [
        ['nginx', nginx.url],
        ['ours', ours.url],
      ] as const) {
        const load = await runLoad({ url, listing: listings[name], order: scene.order });
        if (load.files / load.seconds > speed(best[name])) best[name] = load;
      }
    const figure = (load: Load) =>
      scene.unit === 'MB/s' ? load.bytes / 1e6 / load.seconds : load.files / load.seconds;
    return benchResult({
      ...{ name: scene.name, unit: scene.unit, ours: figure(best.ours!) },
      peers: { nginx: figure(best.nginx!) },
      peakRssBytes: ours.peakRssBytes(),
      notes:
        `${scene.files} files of ${scene.fileBytes} bytes, ${scene.order}, ${CONNECTIONS} connections, best of ${RUNS} × ${SECONDS} s; ` +
        `median ${best.ours!.p50Ms.toFixed(1)} ms, 99th percentile ${best.ours!.p99Ms.toFixed(1)} ms ` +
        `(nginx ${best.nginx!.p50Ms.toFixed(1)} and ${best.nginx!.p99Ms.toFixed(1)}); the client on the same cores; ` +
        'ours decompresses a frame and compares the digest of each file, nginx sends loose files',
    });
  } finally {
    nginx.stop();
    ours.stop();
    rmSync(archive, { recursive: true, force: true });
  }
}

async function seal(archive: string, root: string, rows: readonly TestRow[]): Promise<void> {
  const sink = openSink(`file://${archive}`);
  const sealer = createSealer(sealerDefaults({ sink, root, events: new Events() }));
  try {
    await sealer.seal(request(rows), new AbortController().signal);
  } finally {
    await sealer.close();
  }
}

/** The same files in the same order, as each server knows them. */
function writeListings(work: string, folder: string, rows: readonly TestRow[]) {
  const [ours, nginx] = [join(work, 'ours.txt'), join(work, 'nginx.txt')];
  const path = ({ uid, createdAt }: TestRow) =>
    `/v1/files/${uid}?created_at=${formatMicros(createdAt as Micros)}`;
  writeFileSync(ours, rows.map(path).join('\n'));
  writeFileSync(nginx, rows.map(({ fileLocation }) => fileLocation!.slice(folder.length)).join('\n'));
  return { ours, nginx };
}

async function startServer(archive: string) {
  mkdirSync(archive, { recursive: true });
  const [port] = await freePorts(1);
  const args = ['serve', '--sink', `file://${archive}`, '--port', String(port), '--rate', '100000000'];
  const child = spawn(process.execPath, [TIDEMARK, ...args, '--log-level', 'warn'], { stdio: 'inherit' });
  const url = `http://127.0.0.1:${port}`;
  await untilAnswers(`${url}/readyz`, child);
  return {
    url,
    stop: () => void child.kill('SIGKILL'),
    /** The kernel's own high-water mark. */
    peakRssBytes: () => {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024;
    },
  };
}

async function runLoad(options: { url: string; listing: string; order: Scene['order'] }): Promise<Load> {
  const job = JSON.stringify({ ...options, connections: CONNECTIONS, seconds: SECONDS });
  const { stdout } = await promisify(execFile)(process.execPath, [LOAD, job]);
  return JSON.parse(stdout) as Load;
}

function speed(load: Load | undefined): number {
  return load === undefined ? 0 : load.files / load.seconds;
}

/** `npx tsx bench/http/http.ts`, without the services that other benchmarks need. */
if (process.argv[1] === import.meta.filename) {
  const { benchTable } = await import('../bench-table.ts');
  console.log(benchTable(await benchHttp()));
}
