import type { Micros } from '../../model/micros.ts';
import { BoundedTasks } from '../extract/bounded-tasks.ts';
import { parseFilterName } from '../filter/filter-name.ts';
import { isCorruptFilter } from '../filter/read-filter.ts';
import type { OpenFilter } from '../filter/read-filter.ts';
import { hashUid } from '../filter/uid-hash.ts';
import { uidToBytes } from '../format/uid-bytes.ts';
import type { Slots } from '../slots.ts';
import type { ArchiveReads } from './archive-reads.ts';
import { candidatesOf } from './filter-candidates.ts';
import type { Candidate } from './filter-candidates.ts';
import { findEntries } from './find-entries.ts';
import type { FilePlace } from './get-file.ts';
import { MANIFEST_SUFFIX } from './manifests.ts';
import { mayReach } from './window-reach.ts';

/** What was looked at so far. */
export interface SearchCounts {
  days: number;
  /** Filters that were asked. */
  filters: number;
  /** Manifests that were read: those that a filter points to, and those that none covers. */
  manifests: number;
  shards: number;
}

export interface DaySearch {
  readonly reads: ArchiveReads;
  readonly uid: string;
  /** Only rows of the times `(from, to]`. */
  readonly range: { readonly from: number; readonly to: number };
  readonly counts: SearchCounts;
  readonly onPlace: (place: FilePlace) => void;
  /** Told of a filter that is damaged: what it covers is looked at one by one. */
  readonly onDamage: (error: Error) => void;
  readonly onProgress: () => void;
  readonly signal: AbortSignal;
  /** Bounds the manifests that are looked at at once, over all days. */
  readonly slots: Slots;
}

/** A day whose manifests no filter covers has as many as it has windows; of a bucket each answers in its own time. */
const MANIFESTS_AT_ONCE = 16;

/**
 * Finds the rows of a uid in the windows that are filed under one day. Of what filters cover only the shards are opened
 * that one of them points to; other manifests are looked at one by one: directory and one index page of each shard.
 */
export async function searchDay(search: DaySearch, table: string, day: string): Promise<void> {
  const manifests: string[] = [];
  const filterNames: string[] = [];
  for await (const name of search.reads.namesOfDay(day)) {
    if (name.endsWith(MANIFEST_SUFFIX)) {
      if (mayReach(name, search.range)) manifests.push(name);
    } else if (parseFilterName(name) !== undefined) filterNames.push(name);
  }
  const answers = manifests.length === 0 ? [] : await askFilters(search, filterNames, manifests);
  const tasks = new BoundedTasks(MANIFESTS_AT_ONCE);
  for (const candidate of candidatesOf({ day, manifests, answers })) {
    if (tasks.hasFailed) break;
    await tasks.give(() => search.slots.hold(() => searchManifest(search, table, candidate)));
  }
  await tasks.end();
  search.counts.days++;
  search.onProgress();
}

async function askFilters(search: DaySearch, names: readonly string[], manifests: readonly string[]) {
  const wanted = new Set(manifests);
  const uid = hashUid(uidToBytes(search.uid));
  const answers: { filter: OpenFilter; sections: readonly number[] }[] = [];
  for (const name of names) {
    search.signal.throwIfAborted();
    try {
      const filter = await search.reads.filter(name);
      const day = parseFilterName(name)!.day;
      if (!filter.head.manifests.some((manifest) => wanted.has(day + manifest.name))) continue;
      answers.push({ filter, sections: await search.reads.askFilter(filter, uid) });
      search.counts.filters++;
    } catch (error) {
      if (!isCorruptFilter(error)) throw error;
      search.onDamage(error);
    }
  }
  return answers;
}

async function searchManifest(search: DaySearch, table: string, candidate: Candidate): Promise<void> {
  const { reads, uid, range, counts, onPlace, signal } = search;
  const manifest = await reads.manifest(candidate.manifest);
  counts.manifests++;
  const { shards } = candidate;
  // A filter that disagrees with the manifest is not believed.
  const isCounted = shards !== null && manifest.shards.length === candidate.shardCount;
  for (const [index, info] of manifest.shards.entries()) {
    if (isCounted && !shards.has(index)) continue;
    if (info.maxCreatedAt <= range.from || info.minCreatedAt > range.to) continue;
    signal.throwIfAborted();
    const reader = await reads.shard(info);
    counts.shards++;
    for await (const { entry } of findEntries(reader, uid))
      if (isWithin(entry.createdAt, range))
        onPlace({ table, manifestName: candidate.manifest, shard: info.name, info, reader, entry });
  }
  search.onProgress();
}

function isWithin(createdAt: Micros, { from, to }: DaySearch['range']): boolean {
  return createdAt > from && createdAt <= to;
}
