import pRetry from 'p-retry';
import type { Clock } from '../../base/clock.ts';
import { TidemarkError } from '../../base/errors.ts';
import type { Events } from '../../base/event-map.ts';
import { computeNextStart } from '../../base/pace.ts';
import { postgresFailure } from '../../capture/postgres-failure.ts';
import { withSession } from '../../capture/postgres-session.ts';
import { readStoredTable } from '../../capture/snapshot-query.ts';
import { TablePager } from '../../capture/table-pager.ts';
import type { TableRow } from '../../capture/table-pager.ts';
import type { Config, TableConfig } from '../../config/config.ts';
import type { RowKey } from '../../model/capture-position.ts';
import { formatMicros, MICROS_PER_SECOND } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import { ArchivedKeys } from '../../sinks/read/archived-keys.ts';
import type { Sink } from '../../sinks/sink.ts';
import { readArchivedUntil, requireArchiveConfig } from '../../watermark/archive-config.ts';
import { requireArchivedColumn } from '../../watermark/archived-column.ts';
import { withPostgres } from '../../watermark/postgres-connection.ts';
import { setArchived, yieldToWriters } from '../../watermark/set-archived.ts';
import type { TableSync } from './sync-report.ts';

export interface SyncTableOptions {
  readonly config: Config;
  readonly table: TableConfig;
  readonly sink: Sink;
  /** Rows of one UPDATE. */
  readonly batchRows: number;
  readonly rowsPerSecond: number;
  readonly isDryRun: boolean;
  /** Ends it after the batch under way. */
  readonly signal: AbortSignal;
  readonly events: Events;
  readonly clock: Clock;
  readonly wait: (until: Micros, signal: AbortSignal) => Promise<void>;
  readonly onProgress: (sync: TableSync) => void;
  /** The whole table is locked; it is tried again some times. */
  readonly onLocked: () => void;
}

/** Shards are opened anew behind a gap in the questions that is longer than this and than some windows. */
const GAP_MICROS_MIN = 3_600 * MICROS_PER_SECOND;
const LOCK_RETRIES = 4;

/**
 * Sets the column of every row up to the watermark that a committed shard holds, oldest first.
 *
 * What is left to do stands in the column itself, and its partial index finds it: so a run needs no memory of the
 * one before, and takes up rows that were late, or rejected and tried again, wherever they are.
 *
 * @throws TidemarkError ERR_POSTGRES_UNREACHABLE, ERR_PREREQUISITE, ERR_TABLE_INVALID, ERR_TABLE_LOCKED,
 * ERR_SHARD_CORRUPT, ERR_SINK_UNAVAILABLE.
 */
export async function syncTable(options: SyncTableOptions): Promise<TableSync> {
  const { config, table } = options;
  const { url } = config.postgres;
  const applicationName = `tidemark-sync-archived ${config.name}`;
  try {
    return await withPostgres({ url, applicationName }, async (writer) => {
      const { ref, archivedColumn, id, archiveConfigId } = table;
      const { id: rowId } = await requireArchiveConfig(writer, { table: id, id: archiveConfigId });
      const column = await requireArchivedColumn(writer, { table: ref, column: archivedColumn });
      await yieldToWriters(writer);
      return withSession({ url, purpose: 'sync-archived', answerWithinMs: null }, async (client) => {
        const pager = new TablePager({
          ...{ client, table: ref, timeZone: table.createdAtTimeZone },
          ...{ published: await readStoredTable(client, ref), condition: `NOT ${column.name}` },
        });
        return walk(options, {
          readWatermark: () => readArchivedUntil(writer, rowId),
          readPage: (after, to) => pager.page({ after, from: null, to, pageRows: options.batchRows }),
          set: (rows) =>
            setArchived(
              writer,
              column,
              rows.map((row) => ({ uid: row.uidBytes.toString('utf8'), ...row })),
            ),
        });
      });
    });
  } catch (cause) {
    throw postgresFailure(`sync ${table.id}`, cause);
  }
}

interface Steps {
  readonly readWatermark: () => Promise<Micros>;
  readonly readPage: (after: RowKey | null, to: Micros) => ReturnType<TablePager['page']>;
  readonly set: (rows: readonly TableRow[]) => Promise<number>;
}

async function walk(options: SyncTableOptions, steps: Steps): Promise<TableSync> {
  const { table, sink, events, clock } = options;
  const gapMicros = Math.max(GAP_MICROS_MIN, 4 * table.window.sizeMicros);
  const keys = new ArchivedKeys({ sink, table: table.id, gapMicros });
  let sync: TableSync = {
    ...{ table: table.id, column: table.archivedColumn, watermark: '', reached: null },
    ...{ rows: 0, updates: 0, unarchived: 0, passedOver: 0, finished: false },
  };
  try {
    for (let after: RowKey | null = null; ;) {
      const startedAt = clock.now();
      const watermark = await steps.readWatermark();
      sync = { ...sync, watermark: formatMicros(watermark) };
      const page = await steps.readPage(after, watermark);
      const due = page.rows.filter(({ createdAt }) => createdAt <= watermark);
      const archived: TableRow[] = [];
      for (const row of due) if (await keys.hold(row, watermark)) archived.push(row);
      const set = await setRows(options, steps, archived);
      sync = addBatch(sync, { due, archived: archived.length, set, isDryRun: options.isDryRun });
      if (due.length > 0) {
        const counts = { rows: set, unarchived: due.length - archived.length };
        events.emit('archived:synced', { table: table.id, ...counts, time: due.at(-1)!.createdAt });
      }
      options.onProgress(sync);
      if (page.isLast) return { ...sync, finished: true };
      if (!(await waitForNext(options, { startedAt, rows: set }))) return sync;
      after = page.last;
    }
  } finally {
    await keys.close();
  }
}

async function setRows(
  { isDryRun, events, onLocked }: SyncTableOptions,
  { set }: Steps,
  rows: readonly TableRow[],
): Promise<number> {
  if (rows.length === 0 || isDryRun) return 0;
  const count = await pRetry(() => set(rows), {
    retries: LOCK_RETRIES,
    minTimeout: 500,
    shouldRetry: ({ error }) => error instanceof TidemarkError && error.code === 'ERR_TABLE_LOCKED',
    onFailedAttempt: onLocked,
  });
  events.emit('database:operated', { operation: 'update', count: 1 });
  return count;
}

function addBatch(
  sync: TableSync,
  batch: { due: readonly TableRow[]; archived: number; set: number; isDryRun: boolean },
): TableSync {
  const { due, archived, set, isDryRun } = batch;
  const last = due.at(-1);
  return {
    ...sync,
    reached: last === undefined ? sync.reached : formatMicros(last.createdAt),
    rows: sync.rows + (isDryRun ? archived : set),
    updates: sync.updates + (archived === 0 || isDryRun ? 0 : 1),
    unarchived: sync.unarchived + due.length - archived,
    passedOver: sync.passedOver + (isDryRun ? 0 : archived - set),
  };
}

/** @returns false when the signal came. */
async function waitForNext(
  { rowsPerSecond, signal, wait }: SyncTableOptions,
  batch: { startedAt: Micros; rows: number },
): Promise<boolean> {
  try {
    const { startedAt, rows: count } = batch;
    await wait(computeNextStart({ startedAt, count, perSecond: rowsPerSecond }), signal);
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}
