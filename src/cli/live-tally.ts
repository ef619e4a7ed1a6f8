import type { Events } from '../base/event-map.ts';
import type { Micros } from '../model/micros.ts';
import { ProcessWatermarks } from '../serve/process-watermarks.ts';

/** What the live screen shows, counted from the events. */
export interface LiveTally {
  captured: number;
  /** Tables of which the snapshot is under way, with the rows read so far. */
  snapshots: Map<string, number>;
  marksAt: Micros | undefined;
  standby: boolean;
  partitions: number;
  windows: number;
  archived: number;
  late: number;
  duplicates: number;
  rejects: number;
  failures: number;
  openRows: Map<string, number>;
  lastShards: { readonly name: string; readonly bytes: number; readonly rows: number }[];
  readonly watermarks: ProcessWatermarks;
}

const SHARDS_SHOWN = 3;

/** @returns the tally, which changes with every event, and a function that ends it. */
export function tallyEvents(events: Events): { readonly tally: LiveTally; readonly end: () => void } {
  const tally: LiveTally = {
    ...{ captured: 0, marksAt: undefined, standby: false, partitions: 0, windows: 0, archived: 0 },
    ...{
      late: 0,
      duplicates: 0,
      rejects: 0,
      failures: 0,
      openRows: new Map(),
      snapshots: new Map(),
      lastShards: [],
    },
    watermarks: new ProcessWatermarks(events),
  };
  const ends = [
    events.on('capture:waiting', () => (tally.standby = true)),
    events.on('capture:started', () => (tally.standby = false)),
    events.on('capture:committed', ({ rows }) => (tally.captured += rows)),
    events.on('snapshot:progressed', ({ table, rows }) => tally.snapshots.set(table, rows)),
    events.on('snapshot:finished', ({ table }) => tally.snapshots.delete(table)),
    events.on('mark:sent', ({ time }) => (tally.marksAt = time)),
    events.on('group:joined', ({ partitions }) => {
      tally.partitions = partitions;
      tally.openRows.clear();
    }),
    events.on('partition:committed', ({ table, partition, openRows, lateRows }) => {
      tally.openRows.set(`${table}/${partition}`, openRows);
      tally.late += lateRows;
    }),
    events.on('window:sealed', ({ ledger, shards }) => {
      tally.windows += 1;
      tally.archived += ledger.archived;
      tally.duplicates += ledger.duplicates;
      tally.lastShards = [...shards, ...tally.lastShards].slice(0, SHARDS_SHOWN);
    }),
    events.on('row:rejected', ({ rows }) => (tally.rejects += rows)),
    events.on('partition:failed', () => (tally.failures += 1)),
  ];
  return {
    tally,
    end: () => {
      for (const end of ends) end();
    },
  };
}
