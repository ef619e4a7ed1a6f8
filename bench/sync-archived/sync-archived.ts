import { setTimeout as delay } from 'node:timers/promises';
import { benchResult, quantile } from '../bench-result.ts';
import type { BenchResult } from '../bench-result.ts';
import { openSyncStand } from './sync-stand.ts';
import type { SyncStand } from './sync-stand.ts';
import { writerLatencies } from './writer.ts';

/** At 5,000 rows a second twenty seconds. */
const ROWS = 100_000;
const ALONE_MS = 15_000;
/** Turns of the three, one after another, so that a machine that gets slower is slower for each. */
const TURNS = 3;

/**
 * What a writer of the table notices: of nobody, of `tidemark sync-archived` as it is by default, and of the one
 * UPDATE that does the same. And what each writes to the WAL.
 */
export async function benchSyncArchived(servers: { postgresUrl: string }): Promise<BenchResult[]> {
  const stand = await openSyncStand(servers.postgresUrl, ROWS);
  try {
    return [...(await measureLatency(stand)), await measureWal(stand)];
  } finally {
    await stand.close();
  }
}

async function measureLatency(stand: SyncStand): Promise<BenchResult[]> {
  const acts = {
    alone: () => delay(ALONE_MS),
    sync: () => stand.sync(),
    'one UPDATE': () => stand.updateAll(),
  };
  const taken: Record<keyof typeof acts, number[]> = { alone: [], sync: [], 'one UPDATE': [] };
  for (let turn = 0; turn < TURNS; turn++) {
    for (const name of Object.keys(acts) as (keyof typeof acts)[]) {
      await stand.fill();
      taken[name].push(...(await writerLatencies(stand, acts[name])));
    }
  }
  const at = (name: keyof typeof acts, share: number): number => quantile(taken[name], share);
  return [0.99, 0.999].map((share) =>
    benchResult({
      name: 'sync-archived',
      unit: `ms, writer's ${share * 100}th percentile`,
      ours: at('sync', share),
      peers: { 'no sync': at('alone', share), 'one UPDATE': at('one UPDATE', share) },
      peakRssBytes: null,
      notes: `${ROWS} rows, 5,000 a second, ${TURNS} turns; statements of two writers: ${taken.sync.length} beside the sync, ${taken.alone.length} alone, ${taken['one UPDATE'].length} beside the one UPDATE, the longest of which took ${Math.round(Math.max(...taken['one UPDATE']))} ms, beside the sync ${Math.round(Math.max(...taken.sync))} ms`,
    }),
  );
}

/** Without writers: what is written then is its own. */
async function measureWal(stand: SyncStand): Promise<BenchResult> {
  const perRow = async (act: () => Promise<void>): Promise<number> => {
    await stand.fill();
    return Math.round((await stand.walBytesOf(act)) / stand.rows);
  };
  return benchResult({
    name: 'sync-archived',
    unit: 'bytes of WAL a row',
    ours: await perRow(() => stand.sync('--rows-per-second', '1000000')),
    peers: { 'one UPDATE': await perRow(() => stand.updateAll()) },
    peakRssBytes: null,
    notes:
      'after a checkpoint, so whole pages are among it; no row can be updated in place, because the partial index asks the column',
  });
}
