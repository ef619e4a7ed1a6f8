import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startServices } from '../test/support/services/start-services.ts';
import type { RunningServices } from '../test/support/services/start-services.ts';
import type { BenchResult } from './bench-result.ts';
import { benchTable } from './bench-table.ts';

/**
 * `npm run bench -- [NAME…] [--json FILE]`: speed and memory, each beside its peers in one run.
 * Loaded one at a time, so that what one benchmark imports does not weigh on another.
 */
const BENCHMARKS: Readonly<Record<string, (servers: RunningServices) => Promise<readonly BenchResult[]>>> = {
  capture: async () => [await (await import('./capture/capture.ts')).benchCapture()],
  'pack-small': async () => (await import('./pack/pack.ts')).benchPackSmall(),
  'pack-large': async () => (await import('./pack/pack.ts')).benchPackLarge(),
  archive: async (servers) => (await import('./archive/archive.ts')).benchArchive(servers),
  latency: async (servers) => (await import('./archive/latency.ts')).benchLatency(servers),
  extract: async () => (await import('./read/extract.ts')).benchExtract(),
  verify: async () => (await import('./read/verify.ts')).benchVerify(),
  get: async () => (await import('./read/get.ts')).benchGet(),
  s3: async (servers) => (await import('./s3/s3.ts')).benchS3(servers),
  http: async () => (await import('./http/http.ts')).benchHttp(),
  memory: async (servers) => (await import('./archive/memory.ts')).benchMemory(servers),
  'sync-archived': async (servers) =>
    (await import('./sync-archived/sync-archived.ts')).benchSyncArchived(servers),
};

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' } },
});
const names = positionals.length > 0 ? positionals : Object.keys(BENCHMARKS);
const unknown = names.filter((name) => BENCHMARKS[name] === undefined);
if (unknown.length > 0) {
  process.stderr.write(`Unknown: ${unknown.join(', ')}. There are: ${Object.keys(BENCHMARKS).join(', ')}.\n`);
  process.exitCode = 2;
} else {
  const results = await runAll();
  process.stdout.write(`\n${benchTable(results)}\n`);
  if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify(results, null, 2)}\n`);
}

async function runAll(): Promise<BenchResult[]> {
  const services = await startServices({ s3: names.includes('s3'), onProgress: say });
  // Benchmarks that start services themselves take these.
  process.env['TIDEMARK_TEST_PG'] = services.postgresUrl;
  process.env['TIDEMARK_TEST_KAFKA'] = services.kafkaBrokers.join(',');
  const results: BenchResult[] = [];
  try {
    for (const name of names) {
      say(`${name} …`);
      results.push(...((await BENCHMARKS[name]?.(services)) ?? []));
    }
  } finally {
    await services.stop();
  }
  return results;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
