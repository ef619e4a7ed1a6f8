import type { Micros } from '../../model/micros.ts';
import { BoundedTasks } from '../extract/bounded-tasks.ts';
import { Slots } from '../slots.ts';
import type { ArchiveReads } from './archive-reads.ts';
import type { FilePlace } from './get-file.ts';
import { searchDay } from './search-day.ts';
import type { SearchCounts } from './search-day.ts';

export interface UidQuery {
  readonly uid: string;
  /** All tables when left out. */
  readonly table?: string;
  /** Only rows created after it. */
  readonly from?: Micros;
  /** Only rows created at or before it. */
  readonly to?: Micros;
}

export interface SearchOptions extends UidQuery {
  readonly onProgress?: (counts: Readonly<SearchCounts>) => void;
  readonly onDamage?: (error: Error) => void;
  readonly signal?: AbortSignal;
}

export interface UidSearch {
  /** Every archived row with the uid, in the order of table and created_at. */
  readonly places: readonly FilePlace[];
  readonly counts: Readonly<SearchCounts>;
}

/** Enough to hide what a bucket takes to answer; each day has a few small reads. */
const DAYS_AT_ONCE = 8;
const MANIFESTS_AT_ONCE = 32;

/**
 * Finds the rows of a uid of which nobody knows the time: the filters beside the manifests of each day say where it may
 * be ({@link searchDay}). Of an archive with filters it opens the shards that hold it, and about one day in a hundred
 * more.
 *
 * @throws TidemarkError ERR_SHARD_CORRUPT for a manifest or shard that has to be read and is damaged,
 * ERR_SINK_UNAVAILABLE.
 */
export async function searchUid(reads: ArchiveReads, options: SearchOptions): Promise<UidSearch> {
  const { uid, table, from, to, onProgress, onDamage } = options;
  const counts: SearchCounts = { days: 0, filters: 0, manifests: 0, shards: 0 };
  const places = new Map<string, FilePlace>();
  const search = {
    ...{ reads, uid, counts, range: { from: from ?? -Infinity, to: to ?? Infinity } },
    onPlace: (place: FilePlace) => keepFirst(places, place),
    onDamage: (error: Error) => onDamage?.(error),
    onProgress: () => onProgress?.(counts),
    signal: options.signal ?? new AbortController().signal,
    slots: new Slots(MANIFESTS_AT_ONCE),
  };
  const tasks = new BoundedTasks(DAYS_AT_ONCE);
  const tables = table === undefined ? reads.tables() : [table];
  for await (const each of tables)
    for await (const day of reads.days({ table: each, ...ends(options) })) {
      if (tasks.hasFailed) break;
      await tasks.give(() => searchDay(search, each, day));
    }
  await tasks.end();
  return { places: [...places.values()].sort(comparePlaces), counts };
}

function ends({ from, to }: UidQuery): { from?: Micros; to?: Micros } {
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

/** The same row in two shards is one row; days are looked at side by side, so "first" goes by name. */
function keepFirst(places: Map<string, FilePlace>, place: FilePlace): void {
  const key = `${place.entry.createdAt} ${place.table}`;
  const known = places.get(key);
  if (known === undefined || place.shard < known.shard) places.set(key, place);
}

function comparePlaces(a: FilePlace, b: FilePlace): number {
  if (a.table !== b.table) return a.table < b.table ? -1 : 1;
  return a.entry.createdAt - b.entry.createdAt;
}
