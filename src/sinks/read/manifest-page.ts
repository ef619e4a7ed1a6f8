import { parseMicros } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import type { ShardInfo } from '../../model/shard.ts';
import type { Sink } from '../sink.ts';
import type { ArchiveReads, ManifestHead } from './archive-reads.ts';
import { listDays } from './manifests.ts';
import { mayReach } from './window-reach.ts';

export interface PageQuery {
  /** One that the archive has: it becomes part of names. */
  readonly table: string;
  /** Only windows that end after it. */
  readonly from?: Micros;
  /** Only windows that begin before it. */
  readonly to?: Micros;
  /** Where the page before ended, as it was given with it; any other text means the place where it would sort. */
  readonly after?: string;
  readonly limit: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Null after the last page. */
  readonly next: string | null;
}

export interface WindowRow {
  readonly manifestName: string;
  readonly manifest: ManifestHead;
}

export interface ShardRow extends WindowRow {
  readonly shard: ShardInfo;
}

interface Archive {
  readonly sink: Sink;
  readonly reads: ArchiveReads;
}

/** Seals of one table in the order of their window ends: a page of what may be millions. */
export async function pageOfWindows(archive: Archive, query: PageQuery): Promise<Page<WindowRow>> {
  return await pageOf(windowsAfter(archive, query, query.after), query.limit);
}

/** Their shards, in the same order. */
export async function pageOfShards(archive: Archive, query: PageQuery): Promise<Page<ShardRow>> {
  return await pageOf(shardsAfter(archive, query), query.limit);
}

interface Placed<T> {
  readonly item: T;
  readonly position: string;
}

async function pageOf<T>(source: AsyncIterable<Placed<T>>, limit: number): Promise<Page<T>> {
  const taken: Placed<T>[] = [];
  for await (const placed of source) {
    if (taken.length === limit) return { items: itemsOf(taken), next: taken.at(-1)!.position };
    taken.push(placed);
  }
  return { items: itemsOf(taken), next: null };
}

function itemsOf<T>(placed: readonly Placed<T>[]): T[] {
  return placed.map(({ item }) => item);
}

async function* windowsAfter(
  { sink, reads }: Archive,
  query: PageQuery,
  after: string | undefined,
): AsyncGenerator<Placed<WindowRow>> {
  const { table, from = -Infinity, to = Infinity } = query;
  const begin = Math.max(from, dayOf(after) ?? -Infinity);
  const days = listDays(sink, {
    table,
    ...(Number.isFinite(begin) ? { from: begin as Micros } : {}),
    ...(Number.isFinite(to) ? { to: to as Micros } : {}),
  });
  for await (const day of days)
    for await (const manifestName of reads.manifestNames(day)) {
      const position = manifestName.slice(table.length + 1);
      if ((after !== undefined && position <= after) || !mayReach(manifestName, { from, to })) continue;
      const manifest = await reads.manifest(manifestName);
      if (manifest.window.end <= from || manifest.window.start >= to) continue;
      yield { item: { manifestName, manifest }, position };
    }
}

/** A position among shards is that of the seal before, a `#` and how many of the next seal's shards are done. */
async function* shardsAfter(archive: Archive, query: PageQuery): AsyncGenerator<Placed<ShardRow>> {
  const m = /^(.*)#(\d{1,9})$/s.exec(query.after ?? '');
  let [before, done] = m === null ? [query.after, 0] : [m[1]!, Number(m[2])];
  for await (const { item, position } of windowsAfter(archive, query, before)) {
    const { shards } = item.manifest;
    for (const [index, shard] of shards.entries()) {
      if (index < done) continue;
      const isLast = index === shards.length - 1;
      yield {
        item: { ...item, shard },
        position: isLast ? position : `${before ?? ''}#${index + 1}`,
      };
    }
    [before, done] = [position, 0];
  }
}

/** The day of a position `2026/11/23/…`, which is not later than its window ends. */
function dayOf(position: string | undefined): Micros | undefined {
  const m = /^(\d{4})\/(\d\d)\/(\d\d)\//.exec(position ?? '');
  return m === null ? undefined : parseMicros(`${m[1]}-${m[2]}-${m[3]}T00:00:00Z`);
}
