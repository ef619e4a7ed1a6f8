import { TidemarkError } from '../../base/errors.ts';
import type { Events } from '../../base/event-map.ts';
import type { Config, TableConfig } from '../../config/config.ts';
import { createKafkaClient, IMPATIENT_RETRIES } from '../../log/kafka-client.ts';
import { withAdmin } from '../../log/with-admin.ts';
import { formatMicros } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import type { Manifest } from '../../model/manifest.ts';
import { listManifests } from '../../sinks/read/manifests.ts';
import type { NamedManifest } from '../../sinks/read/manifests.ts';
import { Replayer } from '../../sinks/replay/replayer.ts';
import type { ReplayedSeal } from '../../sinks/replay/replayer.ts';
import type { Sink } from '../../sinks/sink.ts';
import { SealRowsAgain } from './seal-rows-again.ts';

/** Where a window is rebuilt from. `auto`: the log while it holds the rows, else the table. */
export type ReplaySource = 'auto' | 'log' | 'table';

export interface ReplayWindowsOptions {
  readonly config: Config;
  readonly sink: Sink;
  readonly tables: readonly TableConfig[];
  /** The window that holds this time; its end belongs to it. */
  readonly time: Micros;
  /** Null: all. */
  readonly partition: number | null;
  readonly source: ReplaySource;
  readonly restore: boolean;
  readonly events: Events;
}

export interface ReplayReport extends ReplayedSeal {
  readonly seal: NamedManifest;
  readonly source: 'log' | 'table';
}

/** True when the seal is on the sink as it was made, and can be made again. */
export function isSame({ rows, shards }: ReplayedSeal): boolean {
  return (
    rows !== 'different' &&
    shards.every(
      ({ rebuilt, stored, isRestored }) => rebuilt === 'same' && (stored === 'intact' || isRestored),
    )
  );
}

/**
 * Rebuilds every seal of a window and compares it with its manifest.
 *
 * @throws TidemarkError ERR_WINDOW_NOT_FOUND when no manifest is of this window; ERR_LOG_TRUNCATED when only the log
 * may be asked and no longer holds it; ERR_SHARD_CORRUPT for a manifest that cannot be read; what the servers refuse.
 */
export async function* replayWindows(options: ReplayWindowsOptions): AsyncGenerator<ReplayReport> {
  const { config, tables, source, events } = options;
  let seals = 0;
  for (const table of tables) {
    const found = await findSeals(options, table);
    const wanted = found.filter(
      ({ manifest }) => options.partition === null || manifest.partition === options.partition,
    );
    if (wanted.length === 0) continue;
    seals += wanted.length;
    if (source === 'table') {
      yield* replayTable(options, table, { found, wanted, log: null });
      continue;
    }
    const kafka = createKafkaClient({ ...config.kafka, events, retries: IMPATIENT_RETRIES });
    // A window has a few seals a partition: their reports are collected while the client is lent.
    yield* await withAdmin(kafka, async (admin) => {
      const reports: ReplayReport[] = [];
      const log = { kafka, admin };
      for await (const report of replayTable(options, table, { found, wanted, log })) reports.push(report);
      return reports;
    });
  }
  if (seals > 0) return;
  throw new TidemarkError('ERR_WINDOW_NOT_FOUND', {
    detail: `no manifest of ${tables.map(({ id }) => id).join(', ')} is of the window that holds ${formatMicros(options.time)}${options.partition === null ? '' : ` in partition ${options.partition}`}`,
  });
}

/** Windows before their supplements: a supplement leaves out what the window holds. */
async function findSeals({ sink, time }: ReplayWindowsOptions, table: TableConfig): Promise<NamedManifest[]> {
  const found: NamedManifest[] = [];
  const query = { table: table.id, from: (time - 1) as Micros, to: time };
  for await (const seal of listManifests(sink, query)) found.push(seal);
  return found.sort((a, b) => rankOf(a.manifest) - rankOf(b.manifest));
}

const KIND_RANK = { window: 0, early: 1, late: 2 } as const;

function rankOf({ kind }: Manifest): number {
  return KIND_RANK[kind];
}

async function* replayTable(
  options: ReplayWindowsOptions,
  table: TableConfig,
  work: {
    readonly found: readonly NamedManifest[];
    readonly wanted: readonly NamedManifest[];
    readonly log: Parameters<typeof SealRowsAgain.open>[0]['log'];
  },
): AsyncGenerator<ReplayReport> {
  const { config, sink } = options;
  const rows = await SealRowsAgain.open({ config, table, log: work.log });
  const replayer = new Replayer({
    sink,
    roots: table.source.roots,
    sourceRequestsMax: table.source.requestsMax,
    workers: config.archive.workers,
    frameBytes: table.shard.frameBytes,
  });
  try {
    for (const seal of work.wanted) {
      const others = work.found.map(({ manifest }) => manifest).filter((other) => mayShareRows(seal, other));
      yield await replaySeal({ ...options, rows, replayer, seal, others });
    }
  } finally {
    await replayer.close();
    await rows.close();
  }
}

/** Seals of the same window, of the same partition or, under another partition count, of any. */
function mayShareRows({ manifest }: NamedManifest, other: Manifest): boolean {
  if (other === manifest || other.window.end !== manifest.window.end) return false;
  return other.partitionCount !== manifest.partitionCount || other.partition === manifest.partition;
}

async function replaySeal(options: {
  readonly source: ReplaySource;
  readonly restore: boolean;
  readonly rows: SealRowsAgain;
  readonly replayer: Replayer;
  readonly seal: NamedManifest;
  readonly others: readonly Manifest[];
}): Promise<ReplayReport> {
  const { source, rows, replayer, seal } = options;
  const { manifest } = seal;
  const replayFrom = async (from: 'log' | 'table'): Promise<ReplayReport> => {
    const again = from === 'log' ? await rows.fromLog(manifest) : await rows.fromTable(manifest);
    const { signal } = new AbortController();
    const replayed = await replayer.replay({ ...options, rows: again, source: from, signal });
    return { ...replayed, seal, source: from };
  };
  if (source === 'log' && !rows.isInLog(manifest)) throw notInLog(seal);
  if (source === 'table' || !rows.isInLog(manifest)) return replayFrom('table');
  const report = await replayFrom('log');
  if (source === 'log' || report.rows !== 'different') return report;
  // A topic that was made anew holds other rows at the same offsets.
  const second = await replayFrom('table');
  return second.rows === 'different' ? report : second;
}

function notInLog({ name, manifest: { offsets } }: NamedManifest): TidemarkError {
  const stretch = offsets === null ? 'came without one' : `stood at ${offsets.first} to ${offsets.last}`;
  return new TidemarkError('ERR_LOG_TRUNCATED', {
    detail: `the log no longer holds the rows of ${name}, which ${stretch}`,
    remedy: 'Rebuild it from the table: --source table.',
  });
}
