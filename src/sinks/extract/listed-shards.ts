import { TidemarkError } from '../../base/errors.ts';
import type { ShardInfo } from '../../model/shard.ts';
import { listManifests, readManifest } from '../read/manifests.ts';
import type { ManifestQuery } from '../read/manifests.ts';
import { findNamingManifest } from '../read/naming-manifest.ts';
import type { Sink } from '../sink.ts';

/**
 * The shards that are named, or all that the manifests of the query name.
 *
 * @throws TidemarkError ERR_SHARD_NOT_FOUND when no manifest names one of them.
 */
export async function listedShards(
  sink: Sink,
  query: ManifestQuery,
  names?: readonly string[],
): Promise<ShardInfo[]> {
  const shards: ShardInfo[] = [];
  if (names === undefined) {
    for await (const { manifest } of listManifests(sink, query)) shards.push(...manifest.shards);
    return shards;
  }
  for (const name of names) {
    const manifest = await findNamingManifest(sink, name);
    const named = manifest === undefined ? [] : (await readManifest(sink, manifest)).shards;
    const info = named.find((shard) => shard.name === name);
    if (info === undefined)
      throw new TidemarkError('ERR_SHARD_NOT_FOUND', { detail: `no manifest on the sink names ${name}` });
    shards.push(info);
  }
  return shards;
}
