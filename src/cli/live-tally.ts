import type { Events } from '../base/event-map.ts';
import { addTallies, NOTHING_CLEANED } from '../model/cleanup.ts';
import type { CleanupTally } from '../model/cleanup.ts';
import type { Micros } from '../model/micros.ts';
import { ProcessWatermarks } from '../serve/process-watermarks.ts';

/** What the live screen shows, counted from the events since the process started. */
export interface LiveTally {
  /** Rows of the stream. */
  captured: number;
  /** Rows that the snapshot of each table has read, and whether it is done. */
  readonly snapshots: Map<string, { readonly rows: number; readonly done: boolean }>;
  /** What capture does: streams once it has a slot. */
  capture: 'starting' | 'streaming' | 'standing by' | 'reconnecting';
  /** T of the last mark. */
  marksAt: Micros | undefined;
  /** Undefined until the group is joined. */
  partitions: number | undefined;
  seals: number;
  archived: number;
  late: number;
  duplicates: number;
  rejects: number;
  readonly openRows: Map<string, number>;
  /** Partitions that try again, by `table/partition`, and why. */
  readonly failing: Map<string, { readonly reason: string; readonly attempt: number }>;
  newestShard: { readonly name: string; readonly bytes: number; readonly rows: number } | undefined;
  readonly watermarks: ProcessWatermarks;
  /** Tables whose group is joined. */
  readonly cleanupJoined: Set<string>;
  cleanedShards: number;
  cleaned: CleanupTally;
  /** Tables whose clean-up does not get on, and why. */
  readonly cleanupTroubles: Map<string, string>;
}

/** @returns the tally, which changes with every event, and a function that ends it. */
export function tallyEvents(events: Events): { readonly tally: LiveTally; readonly end: () => void } {
  const tally: LiveTally = {
    ...{ captured: 0, capture: 'starting', marksAt: undefined },
    ...{ partitions: undefined, seals: 0, archived: 0, late: 0, duplicates: 0, rejects: 0 },
    ...{ snapshots: new Map(), openRows: new Map(), failing: new Map(), newestShard: undefined },
    watermarks: new ProcessWatermarks(events),
    ...{ cleanedShards: 0, cleaned: NOTHING_CLEANED, cleanupTroubles: new Map(), cleanupJoined: new Set() },
  };
  const ends = [
    ...tallyCapture(events, tally),
    ...tallyArchive(events, tally),
    ...tallyCleanup(events, tally),
  ];
  return {
    tally,
    end: () => {
      for (const end of ends) end();
    },
  };
}

function tallyCapture(events: Events, tally: LiveTally): (() => void)[] {
  return [
    events.on('capture:waiting', () => (tally.capture = 'standing by')),
    events.on('capture:started', () => (tally.capture = 'streaming')),
    events.on('capture:reconnecting', () => (tally.capture = 'reconnecting')),
    events.on('capture:committed', ({ rows }) => (tally.captured += rows)),
    events.on('snapshot:progressed', ({ table, rows }) => tally.snapshots.set(table, { rows, done: false })),
    events.on('snapshot:finished', ({ table, rows }) => tally.snapshots.set(table, { rows, done: true })),
    events.on('mark:sent', ({ time }) => (tally.marksAt = time)),
  ];
}

function tallyArchive(events: Events, tally: LiveTally): (() => void)[] {
  const placeOf = ({ table, partition }: { table: string; partition: number }) => `${table}/${partition}`;
  return [
    events.on('group:joined', ({ partitions }) => {
      tally.partitions = partitions;
      // What another process owns now would stand here for ever.
      tally.openRows.clear();
      tally.failing.clear();
    }),
    events.on('partition:committed', (event) => {
      tally.openRows.set(placeOf(event), event.openRows);
      tally.failing.delete(placeOf(event));
      tally.late += event.lateRows;
    }),
    events.on('partition:failed', ({ reason, attempt, ...place }) =>
      tally.failing.set(placeOf(place), { reason, attempt }),
    ),
    events.on('window:sealed', ({ ledger, shards }) => {
      tally.seals += 1;
      tally.archived += ledger.archived;
      tally.duplicates += ledger.duplicates;
      tally.newestShard = shards.at(-1) ?? tally.newestShard;
    }),
    events.on('row:rejected', ({ rows }) => (tally.rejects += rows)),
  ];
}

function tallyCleanup(events: Events, tally: LiveTally): (() => void)[] {
  const { cleanupTroubles } = tally;
  return [
    events.on('cleanup:joined', ({ table }) => tally.cleanupJoined.add(table)),
    events.on('cleanup:cleaned', ({ table, tally: cleaned }) => {
      tally.cleanedShards += 1;
      tally.cleaned = addTallies(tally.cleaned, cleaned);
      cleanupTroubles.delete(table);
    }),
    events.on('cleanup:failed', ({ table, files, reason }) =>
      cleanupTroubles.set(table, `${files} files cannot be removed: ${reason}`),
    ),
    events.on('cleanup:troubled', ({ table, trouble }) => cleanupTroubles.set(table, trouble.detail)),
    events.on('cleanup:stopped', ({ table, trouble }) =>
      cleanupTroubles.set(table, `has ended: ${trouble.detail}`),
    ),
  ];
}
