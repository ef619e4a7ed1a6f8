import { dayPrefix, manifestName } from '../../model/shard.ts';
import type { SealName, ShardInfo } from '../../model/shard.ts';
import type { SealRequest, SealRows } from '../../model/seal.ts';
import { formatMicrosBasic } from '../../model/micros.ts';
import type { PageTable } from '../format/directory.ts';
import { uidAt } from '../format/index-columns.ts';
import { uidToBytes } from '../format/uid-bytes.ts';
import { MANIFEST_SUFFIX, readManifest } from '../read/manifests.ts';
import { openShard } from '../read/shard-reader.ts';
import type { Sink } from '../sink.ts';
import { RowTable } from './row-table.ts';

/** With at most this many rows it pays to skip the index pages that cannot hold any of them. */
const SORTED_UIDS_MAX = 10_000;

/**
 * Which rows stand already in a committed shard of the same window: equal uid and equal created_at, the rule by
 * which duplicates are told everywhere. Another row with the same uid is not dropped.
 *
 * @returns a flag for each row.
 */
export function findCommitted(sink: Sink, request: SealRequest, signal: AbortSignal): Promise<Uint8Array> {
  return findInShards({ sink, rows: request.rows, shards: committedShards(sink, request.name), signal });
}

/** The same in shards that are known already. */
export async function findInShards(options: {
  readonly sink: Sink;
  readonly rows: SealRows;
  readonly shards: AsyncIterable<ShardInfo> | Iterable<ShardInfo>;
  readonly signal: AbortSignal;
}): Promise<Uint8Array> {
  const { sink, rows, shards, signal } = options;
  const committed = new Uint8Array(rows.count);
  let table: RowTable | undefined;
  const sortedUids =
    rows.count > SORTED_UIDS_MAX
      ? undefined
      : Array.from({ length: rows.count }, (_, i) => uidToBytes(rows.uid(i))).sort((a, b) => a.compare(b));
  for await (const shard of shards) {
    if (!overlaps(shard, rows)) continue;
    table ??= new RowTable(rows);
    const reader = await openShard(sink, shard.name);
    const numbers = sortedUids && pagesThatMayHold(reader.layout.directory.pages, sortedUids);
    for await (const page of reader.pages(numbers)) {
      signal.throwIfAborted();
      for (let at = 0; at < page.count; at++) {
        const row = table.find(uidAt(page, at), page.createdAt[at]!);
        if (row >= 0) committed[row] = 1;
      }
    }
  }
  return committed;
}

/** Shards of the same window, of the same partition or, under another partition count, of any. */
export async function* committedShards(sink: Sink, name: SealName): AsyncGenerator<ShardInfo> {
  const prefix = `${dayPrefix(name.table, name.window.end)}${formatMicrosBasic(name.window.end)}-p`;
  const own = manifestName(name);
  for await (const key of sink.list(prefix)) {
    if (!key.endsWith(MANIFEST_SUFFIX) || key === own) continue;
    const manifest = await readManifest(sink, key);
    const elsewhere =
      manifest.partitionCount === name.partitionCount && manifest.partition !== name.partition;
    if (!elsewhere) yield* manifest.shards;
  }
}

function overlaps(shard: ShardInfo, rows: SealRows): boolean {
  return (
    rows.count > 0 &&
    shard.minCreatedAt <= rows.createdAt(rows.count - 1) &&
    shard.maxCreatedAt >= rows.createdAt(0)
  );
}

/** Numbers of the pages of which the index says that one of the uids may stand there. */
function* pagesThatMayHold(pages: PageTable, sortedUids: readonly Buffer[]): Generator<number> {
  let next = 0;
  for (let i = 0; i < pages.length; i++) {
    while (next < sortedUids.length && sortedUids[next]!.compare(pages.at(i).firstUid) < 0) next++;
    const uid = sortedUids[next];
    const after = i + 1 < pages.length ? pages.at(i + 1).firstUid : undefined;
    if (uid === undefined) return;
    if (after === undefined || uid.compare(after) <= 0) yield i;
  }
}
