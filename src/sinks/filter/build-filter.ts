import { setImmediate as otherWorkFirst } from 'node:timers/promises';
import type { ShardInfo } from '../../model/shard.ts';
import { uidAt } from '../format/index-columns.ts';
import { openListedShard } from '../read/shard-reader.ts';
import type { Sink } from '../sink.ts';
import { addUid, closeRow } from './filter-bits.ts';
import { planFilter } from './filter-shape.ts';
import type { FilterHead } from './filter-head.ts';
import { hashUid } from './uid-hash.ts';

/** A manifest with what a filter has to know of it. */
export interface ManifestShards {
  /** On the sink. */
  readonly name: string;
  readonly shards: readonly Pick<ShardInfo, 'name' | 'bytes' | 'rows'>[];
}

/** What a filter over these manifests is, before a shard is read. Pure. */
export function headOf(options: {
  readonly table: string;
  readonly day: string;
  readonly manifests: readonly ManifestShards[];
}): FilterHead {
  const { table, day, manifests } = options;
  const uids = manifests.flatMap(({ shards }) => shards.map(({ rows }) => rows));
  return {
    ...planFilter(uids),
    table,
    uids: uids.reduce((sum, count) => sum + count, 0),
    manifests: manifests.map(({ name, shards }) => ({ name: name.slice(day.length), shards: shards.length })),
  };
}

/** Closing a row takes a quarter of a microsecond; nobody else is to wait for a million of them. */
const ROWS_AT_ONCE = 16_384;

/**
 * Fills the rows of a filter from the indexes of its shards: page by page, so that no index is in memory whole.
 *
 * @param options.bits room for all rows, zeros.
 * @throws TidemarkError ERR_SHARD_CORRUPT, ERR_SINK_UNAVAILABLE; the signal's reason.
 */
export async function fillRows(options: {
  readonly sink: Sink;
  readonly bits: Buffer;
  readonly head: FilterHead;
  readonly manifests: readonly ManifestShards[];
  readonly signal?: AbortSignal;
  readonly onUids?: (count: number) => void;
}): Promise<void> {
  const { sink, bits, head, manifests, signal, onUids } = options;
  const shards = manifests.flatMap((manifest) => manifest.shards);
  let section = 0;
  for (const [number, shard] of shards.entries()) {
    while (number >= head.sectionEnds[section]!) section++;
    const reader = await openListedShard(sink, shard);
    for await (const page of reader.pages()) {
      signal?.throwIfAborted();
      for (let at = 0; at < page.count; at++) addUid(bits, head, { uid: hashUid(uidAt(page, at)), section });
      onUids?.(page.count);
    }
  }
  for (let row = 0; row < head.rows; row++) {
    closeRow(bits, head, row);
    if (row % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) await otherWorkFirst();
  }
}
