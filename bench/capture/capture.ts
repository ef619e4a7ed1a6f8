import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startServices } from '../../test/support/services/start-services.ts';
import type { BenchResult } from '../bench-result.ts';
import type { CaptureProcessInput, CaptureProcessOutput } from './capture-process.ts';
import { createFilledSlot } from './filled-slot.ts';
import type { FilledSlot } from './filled-slot.ts';

const run = promisify(execFile);

export interface BenchCaptureOptions {
  readonly rows?: number;
  readonly rowsPerTransaction?: number;
  readonly partitions?: number;
  /** For example `--cpu-prof`. */
  readonly nodeFlags?: readonly string[];
}

/**
 * A filled slot into Kafka, exactly once, beside `pg_recvlogical` draining another slot of the same content into
 * /dev/null in the same run: that is as fast as anything can be that reads a slot.
 */
export async function benchCapture(options: BenchCaptureOptions = {}): Promise<BenchResult> {
  const { rows = 1_000_000, rowsPerTransaction = 100, partitions = 4, nodeFlags = [] } = options;
  const services = await startServices({ onProgress: () => undefined });
  try {
    const slot = await createFilledSlot({ ...services, partitions });
    try {
      // The first start takes the snapshot of the empty table; what is measured is the stream.
      await capture({ slot, brokers: services.kafkaBrokers, rows: 0, nodeFlags: [] });
      await slot.fill(rows, rowsPerTransaction);
      const drained = await drain(slot, rows);
      const ours = await capture({ slot, brokers: services.kafkaBrokers, rows, nodeFlags });
      return report({ rows, rowsPerTransaction, drained, ours });
    } finally {
      await slot.drop();
    }
  } finally {
    await services.stop();
  }
}

function report(measured: {
  rows: number;
  rowsPerTransaction: number;
  drained: number;
  ours: CaptureProcessOutput;
}): BenchResult {
  const { rows, rowsPerTransaction, drained, ours } = measured;
  const rate = Math.round(ours.rows / ours.seconds);
  return {
    name: 'capture',
    unit: 'rows/s',
    ours: rate,
    peers: { pg_recvlogical: Math.round(drained) },
    ratio: { pg_recvlogical: rate / drained },
    peakRssBytes: ours.peakRssBytes,
    notes: `${rows} rows in transactions of ${rowsPerTransaction}; ${ours.cpuSeconds.toFixed(1)} s of CPU in capture's process`,
  };
}

async function capture(options: {
  slot: FilledSlot;
  brokers: readonly string[];
  rows: number;
  nodeFlags: readonly string[];
}): Promise<CaptureProcessOutput> {
  const { slot, brokers, rows, nodeFlags } = options;
  const input: CaptureProcessInput = { url: slot.url, brokers, name: slot.name, slot: slot.slots.ours, rows };
  const script = fileURLToPath(new URL('./capture-process.ts', import.meta.url));
  const { stdout } = await run(process.execPath, [
    '--import',
    'tsx',
    ...nodeFlags,
    script,
    JSON.stringify(input),
  ]);
  return JSON.parse(stdout) as CaptureProcessOutput;
}

/** @returns rows a second. */
async function drain(slot: FilledSlot, rows: number): Promise<number> {
  const end = await slot.currentLsn();
  const startedMs = performance.now();
  await run('pg_recvlogical', [
    ...[
      '-d',
      slot.url,
      '--slot',
      slot.slots.peer,
      '--start',
      '--no-loop',
      '--endpos',
      end,
      '-f',
      '/dev/null',
    ],
    ...['-o', 'proto_version=1', '-o', `publication_names=${slot.name}`],
  ]);
  return rows / ((performance.now() - startedMs) / 1_000);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const rows = Number(process.argv[2] ?? 1_000_000);
  const result = await benchCapture({ rows, nodeFlags: process.argv.slice(3) });
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
}
