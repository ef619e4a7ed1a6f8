import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { parseMicros } from '../../src/model/micros.ts';
import { benchResult, quantile } from '../bench-result.ts';
import type { BenchResult } from '../bench-result.ts';
import type { ServerAddresses } from './archive.ts';
import { watchMarks } from './mark-arrivals.ts';
import type { MarkArrival } from './mark-arrivals.ts';
import { MeasuredProcess } from './measured-process.ts';
import { watchSeals } from './sealed-rows.ts';
import type { SealedWindow } from './sealed-rows.ts';
import { openStand } from './stand.ts';

const LAG_MS = 3_000;
const LATENESS_MS = 1_000;
const INSERTS_A_SECOND = 20;

/** Seals of the first seconds are not counted: the process starts and compiles. */
const WARM_UP_SECONDS = 8;

/**
 * Time from the moment at which a window is due (its end + lag) to the arrival of its window-sealed event at a
 * subscriber, through the whole machine. The peer is the floor: when a plain consumer could know that the window
 * is complete and due. What lies between the two is Tidemark's own work.
 */
export async function benchLatency(
  servers: ServerAddresses,
  load: { rowsPerSecond: number; seconds: number } = { rowsPerSecond: 2_000, seconds: 45 },
): Promise<BenchResult[]> {
  const stand = await openStand({
    ...servers,
    windowSize: '1s',
    lag: `${LAG_MS}ms`,
    lateness: `${LATENESS_MS}ms`,
  });
  try {
    const seals = await watchSeals(stand);
    const marks = await watchMarks(stand);
    const machine = new MeasuredProcess({ args: ['run', '--no-serve'], folder: stand.folder });
    await machine.logged('joined the archive group');
    const countFrom = Date.now() + WARM_UP_SECONDS * 1_000;
    await Promise.race([insertRows(stand.databaseUrl, load), machine.died]);
    const peakRssBytes = machine.peakRssBytes();
    await machine.stop();
    await Promise.all([seals.close(), marks.close()]);
    const counted = seals.seals.filter((seal) => endMs(seal) > countFrom);
    const ours = counted.map((seal) => seal.arrivedAtMs - (endMs(seal) + LAG_MS));
    const floor = counted.map((seal) => completeAtMs(seal, marks.marks) - (endMs(seal) + LAG_MS));
    return [
      { share: 0.5, unit: 'ms, median' },
      { share: 0.99, unit: 'ms, 99th percentile' },
    ].map(({ share, unit }) =>
      benchResult({
        name: 'latency',
        unit,
        ours: Math.round(quantile(ours, share)),
        peers: { 'mark arrived': Math.round(quantile(floor, share)) },
        peakRssBytes,
        notes: `window due to window-sealed event, ${ours.length} seals of 1 s windows at ${load.rowsPerSecond} rows/s; marks come once a second, and "mark arrived" is when a plain consumer could know the window complete`,
      }),
    );
  } finally {
    await stand.close();
  }
}

function endMs(seal: SealedWindow): number {
  return (parseMicros(seal.windowEnd) ?? NaN) / 1_000;
}

/** Arrival of the first mark that closes the window, or the moment when the gate may let it pass, if that is later. */
function completeAtMs(seal: SealedWindow, marks: readonly MarkArrival[]): number {
  const needed = (endMs(seal) + LATENESS_MS) * 1_000;
  const closing = marks.find(
    ({ partition, timeMicros }) => partition === seal.partition && timeMicros >= needed,
  );
  if (closing === undefined) throw new Error(`a window was sealed without a mark: ${seal.windowEnd}`);
  return Math.max(closing.arrivedAtMs, closing.clockMicros / 1_000 + LAG_MS - LATENESS_MS);
}

async function insertRows(
  databaseUrl: string,
  load: { rowsPerSecond: number; seconds: number },
): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const rows = load.rowsPerSecond / INSERTS_A_SECOND;
  try {
    const began = Date.now();
    for (let turn = 0; turn < load.seconds * INSERTS_A_SECOND; turn++) {
      await client.query(
        `INSERT INTO events (uid, kind, amount, note)
         SELECT $1 || '-' || n, 'purchase', n, 'row of the benchmark, long enough to be a row'
         FROM generate_series(1, $2::int) AS n`,
        [String(turn), rows],
      );
      await delay(began + ((turn + 1) * 1_000) / INSERTS_A_SECOND - Date.now());
    }
  } finally {
    await client.end();
  }
}
