import { benchResult } from '../bench-result.ts';
import type { BenchResult } from '../bench-result.ts';
import { archivePass } from './archive.ts';
import type { ServerAddresses } from './archive.ts';
import { MeasuredProcess } from './measured-process.ts';
import { execute, openStand } from './stand.ts';
import type { Stand } from './stand.ts';

const MEGABYTE = 1_000_000;

/** Peak memory while many rows pass, beside the same with a tenth of them: it must not grow with the table. */
export async function benchMemory(servers: ServerAddresses, rows = 1_000_000): Promise<BenchResult[]> {
  const few = rows / 10;
  const archive = [];
  const capture = [];
  for (const count of [few, rows]) {
    archive.push((await archivePass({ servers, rows: count, withPeers: false })).peakRssBytes);
    capture.push(await capturePeakRssBytes(servers, count));
  }
  return [memoryResult('archive', archive, { few, rows }), memoryResult('capture', capture, { few, rows })];
}

function memoryResult(part: string, peaks: number[], sizes: { few: number; rows: number }): BenchResult {
  const [small = 0, large = 0] = peaks;
  return benchResult({
    name: 'memory',
    unit: `MB, ${part}`,
    ours: Math.round(large / MEGABYTE),
    peers: { [`${sizes.few} rows`]: Math.round(small / MEGABYTE) },
    peakRssBytes: large,
    notes: `peak resident memory of tidemark ${part} while ${sizes.rows} rows pass, beside ${sizes.few}`,
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
