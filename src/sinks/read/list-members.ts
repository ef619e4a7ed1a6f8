import type { IndexEntry } from '../format/index-columns.ts';
import type { Sink } from '../sink.ts';
import { listManifests } from './manifests.ts';
import type { ManifestQuery } from './manifests.ts';
import { openShard } from './shard-reader.ts';

export interface ListedMember {
  readonly table: string;
  readonly shard: string;
  readonly entry: IndexEntry;
}

/** Every archived row whose window fits the query: shard by shard, within one by the bytes of the uid. */
export async function* listMembers(sink: Sink, query: ManifestQuery = {}): AsyncGenerator<ListedMember> {
  for await (const { manifest } of listManifests(sink, query))
    for (const { name } of manifest.shards) {
      const reader = await openShard(sink, name);
      for await (const entry of reader.entries()) yield { table: manifest.table, shard: name, entry };
    }
}
