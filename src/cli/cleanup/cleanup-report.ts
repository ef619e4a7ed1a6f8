import type { Events } from '../../base/event-map.ts';
import { addTallies, keptFiles, NOTHING_CLEANED } from '../../model/cleanup.ts';
import type { CleanupTally } from '../../model/cleanup.ts';
import { formatBytesShort, formatCount } from '../text-table.ts';

/** One table of what `tidemark cleanup` prints. Part of the product's face: fields are added, never changed. */
export interface CleanedTable extends CleanupTally {
  readonly table: string;
  /** Read back, and their files dealt with (with `--dry-run`: looked at). */
  readonly shards: number;
  /** Announced, and not old enough yet. */
  readonly waitingShards: number;
  readonly waitingFiles: number;
  /** What has ended the clean-up of this table; null when nothing has. */
  readonly stoppedBy: string | null;
}

export interface CleanupReport {
  readonly name: string;
  readonly dryRun: boolean;
  readonly tables: readonly CleanedTable[];
}

export function untouchedTable(table: string): CleanedTable {
  return {
    ...NOTHING_CLEANED,
    ...{ table, shards: 0, waitingShards: 0, waitingFiles: 0, stoppedBy: null },
  };
}

/** Adds up what the events say. @returns a function that gives the sums so far, in the order of the tables. */
export function countCleaned(events: Events, tables: readonly string[]): () => CleanedTable[] {
  const byTable = new Map(tables.map((table) => [table, untouchedTable(table)]));
  const change = (table: string, to: (known: CleanedTable) => CleanedTable): void => {
    byTable.set(table, to(byTable.get(table) ?? untouchedTable(table)));
  };
  events.on('cleanup:planned', ({ table, waitingShards, waitingFiles }) =>
    change(table, (known) => ({ ...known, waitingShards, waitingFiles })),
  );
  events.on('cleanup:cleaned', ({ table, tally }) =>
    change(table, (known) => ({ ...known, ...addTallies(known, tally), shards: known.shards + 1 })),
  );
  events.on('cleanup:stopped', ({ table, trouble }) =>
    change(table, (known) => ({ ...known, stoppedBy: trouble.code ?? trouble.detail })),
  );
  return () => [...byTable.values()];
}

/** For people. Pure. */
export function describeCleanup({ dryRun, tables }: CleanupReport): string {
  return tables.map((table) => describeTable(table, dryRun).join('\n')).join('\n\n');
}

function describeTable(cleaned: CleanedTable, dryRun: boolean): string[] {
  const { table, shards, removedFiles, removedBytes, missingFiles, kept } = cleaned;
  const waiting = `${formatCount(cleaned.waitingShards)} shards with ${formatCount(cleaned.waitingFiles)} files`;
  const lines = {
    shards: `${formatCount(shards)} read back, every digest compared`,
    [dryRun ? 'would go' : 'removed']:
      `${formatCount(removedFiles)} files, ${formatBytesShort(removedBytes)}`,
    [dryRun ? 'would stay' : 'kept']: `${formatCount(keptFiles(cleaned))} files${reasonsOf(kept)}`,
    missing: `${formatCount(missingFiles)} files, removed before`,
    waiting: `${waiting}, not old enough yet`,
    ...(cleaned.stoppedBy === null ? {} : { stopped: cleaned.stoppedBy }),
  };
  return [table, ...Object.entries(lines).map(([name, text]) => `  ${name.padEnd(10)}  ${text}`)];
}

function reasonsOf(kept: CleanupTally['kept']): string {
  const reasons = Object.entries(kept).map(([reason, files]) => `${reason} ${formatCount(files)}`);
  return reasons.length === 0 ? '' : `: ${reasons.join(', ')}`;
}
