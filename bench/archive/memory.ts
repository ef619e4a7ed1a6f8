import { benchResult } from '../bench-result.ts';
import type { BenchResult } from '../bench-result.ts';
import { archivePass, SPAN_SECONDS } from './archive.ts';
import type { ServerAddresses } from './archive.ts';
import { MeasuredProcess } from './measured-process.ts';
import { execute, openStand } from './stand.ts';
import type { Stand } from './stand.ts';

const MEGABYTE = 1_000_000;

/**
 * Peak memory while many rows pass, beside the same with a tenth of them and with three times as many: it must not
 * grow with the table. A tenth pass in a few seconds, in which the collector has hardly begun; three times as many
 * tell a plateau from a slope.
 */
export async function benchMemory(servers: ServerAddresses, rows = 1_000_000): Promise<BenchResult[]> {
  const archive: Peaks = new Map();
  const capture: Peaks = new Map();
  for (const count of [rows / 10, rows, 3 * rows]) {
    // As many rows a window whatever the table: a window is what has to be in memory.
    const spanSeconds = SPAN_SECONDS * (count / rows);
    const pass = await archivePass({ servers, rows: count, withPeers: false, spanSeconds });
    archive.set(count, pass.peakRssBytes);
    capture.set(count, await capturePeakRssBytes(servers, count));
  }
  return [memoryResult('archive', archive, rows), memoryResult('capture', capture, rows)];
}

/** Peak resident bytes by number of rows. */
type Peaks = Map<number, number>;

function memoryResult(part: string, peaks: Peaks, rows: number): BenchResult {
  const others = [...peaks].filter(([count]) => count !== rows);
  return benchResult({
    name: 'memory',
    unit: `MB, ${part}`,
    ours: Math.round(peaks.get(rows)! / MEGABYTE),
    peers: Object.fromEntries(
      others.map(([count, bytes]) => [`${count} rows`, Math.round(bytes / MEGABYTE)]),
    ),
    peakRssBytes: peaks.get(rows)!,
    notes: `peak resident memory of tidemark ${part} while ${rows} rows pass, beside ${others.map(([count]) => count).join(' and ')}`,
  });
}

/** A slot that holds `rows` rows of WAL, read by one capture from its first row to its last. */
export async function capturePeakRssBytes(servers: ServerAddresses, rows: number): Promise<number> {
  const stand = await openStand({ ...servers, windowSize: '1m', lag: '5m', lateness: '1m' });
  try {
    await execute(stand.databaseUrl, [
      `INSERT INTO events (uid, kind, amount, note)
       SELECT 'row-' || n, 'purchase', n % 9973, 'row ' || n || ' of the benchmark, long enough to be a row'
       FROM generate_series(1, ${rows}) AS n`,
    ]);
    const capture = new MeasuredProcess({ args: ['capture', '--no-serve'], folder: stand.folder });
    await Promise.race([rowsInKafka(stand, rows), capture.died]);
    const peak = capture.peakRssBytes();
    await capture.stop();
    return peak;
  } finally {
    await stand.close();
  }
}

/** Capture commits the rows that it has ever sent to a partition as that partition's offset. */
async function rowsInKafka(stand: Stand, rows: number): Promise<void> {
  const admin = stand.kafka.admin();
  await admin.connect();
  try {
    for (let seen = 0; seen < rows;) {
      const [group] = await admin.fetchOffsets({ groupId: `${stand.name}-capture`, topics: [stand.topic] });
      seen = (group?.partitions ?? []).reduce((total, { offset }) => total + Math.max(0, Number(offset)), 0);
      if (seen < rows) await new Promise((resolve) => setTimeout(resolve, 200));
    }
  } finally {
    await admin.disconnect();
  }
}
