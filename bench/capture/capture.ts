import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import type { CaptureLimits } from '../../src/capture/capture-limits.ts';
import { builtCli } from '../../test/support/built-cli.ts';
import { startServices } from '../../test/support/services/start-services.ts';
import { benchResult, quantile } from '../bench-result.ts';
import type { BenchResult } from '../bench-result.ts';
import { runCapture } from './captured-run.ts';
import type { CaptureProcessOutput } from './captured-run.ts';
import { COLUMNS, createFilledSlot, TABLE } from './filled-slot.ts';
import type { FilledSlot } from './filled-slot.ts';

const run = promisify(execFile);

export interface BenchCaptureOptions {
  readonly rows?: number;
  readonly rowsPerTransaction?: number;
  readonly partitions?: number;
  /** Each fills the slots anew, then drains the one and captures the other. The medians count. */
  readonly runs?: number;
  /** Folder of the built code, `file:///…/`; by default this repository's, built when it is old. */
  readonly built?: string;
  readonly limits?: Partial<CaptureLimits>;
  /** For example `--cpu-prof`. */
  readonly nodeFlags?: readonly string[];
}

interface Sample {
  readonly drainedPerSecond: number;
  readonly ours: CaptureProcessOutput;
}

/**
 * A filled slot into Kafka, exactly once, beside `pg_recvlogical` draining another slot of the same content into
 * /dev/null in the same run: that is as fast as anything can be that reads a slot.
 */
export async function benchCapture(options: BenchCaptureOptions = {}): Promise<BenchResult> {
  const { rows = 1_000_000, rowsPerTransaction = 100, partitions = 4, runs = 3 } = options;
  const { built = `${pathToFileURL(dirname(dirname(builtCli()))).href}/`, limits = {} } = options;
  const services = await startServices({ onProgress: () => undefined });
  try {
    const slot = await createFilledSlot({ ...services, partitions });
    const capture = (wanted: number, nodeFlags: readonly string[] = []) =>
      runCapture(
        {
          ...{ built, limits, rows: wanted, url: slot.url, name: slot.name, slot: slot.slots.ours },
          ...{ brokers: services.kafkaBrokers, table: { ...TABLE, columns: COLUMNS } },
        },
        nodeFlags,
      );
    try {
      // The first start takes the snapshot of the empty table; what is measured is the stream.
      await capture(0);
      const samples: Sample[] = [];
      for (let i = 0; i < runs; i++) {
        await slot.fill(rows, rowsPerTransaction);
        const drainedPerSecond = rows / (await drainSeconds(slot));
        samples.push({ drainedPerSecond, ours: await capture(rows, options.nodeFlags) });
      }
      return report(samples, `${rows} rows in transactions of ${rowsPerTransaction}`);
    } finally {
      await slot.drop();
    }
  } finally {
    await services.stop();
  }
}

function report(samples: readonly Sample[], notes: string): BenchResult {
  const median = (pick: (sample: Sample) => number): number => Math.round(quantile(samples.map(pick), 0.5));
  const each = samples.map(({ drainedPerSecond, ours }) => {
    const [rate, drained] = [rateOf(ours), Math.round(drainedPerSecond)];
    return `${rate} of ${drained} (${ours.cpuSeconds.toFixed(1)} s of CPU)`;
  });
  return benchResult({
    name: 'capture',
    unit: 'rows/s',
    ours: median(({ ours }) => rateOf(ours)),
    peers: { pg_recvlogical: median(({ drainedPerSecond }) => drainedPerSecond) },
    peakRssBytes: Math.max(...samples.map(({ ours }) => ours.peakRssBytes)),
    notes: `${notes}; each run: ${each.join(', ')}`,
  });
}

function rateOf({ rows, seconds }: CaptureProcessOutput): number {
  return Math.round(rows / seconds);
}

async function drainSeconds(slot: FilledSlot): Promise<number> {
  const end = await slot.currentLsn();
  const startedMs = performance.now();
  await run('pg_recvlogical', [
    ...['-d', slot.url, '--slot', slot.slots.peer, '--start', '--no-loop', '--endpos', end],
    ...['-f', '/dev/null', '-o', 'proto_version=1', '-o', `publication_names=${slot.name}`],
  ]);
  return (performance.now() - startedMs) / 1_000;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { rows: { type: 'string' }, runs: { type: 'string' }, built: { type: 'string' } },
  });
  const result = await benchCapture({
    ...(values.rows === undefined ? {} : { rows: Number(values.rows) }),
    ...(values.runs === undefined ? {} : { runs: Number(values.runs) }),
    ...(values.built === undefined ? {} : { built: values.built }),
    nodeFlags: positionals,
  });
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
}
