import { sealBaseOf } from '../../model/shard.ts';
import type { Sink } from '../sink.ts';
import { MANIFEST_SUFFIX, readManifest } from './manifests.ts';

/**
 * The manifest that makes a shard count.
 *
 * @returns its name, or undefined when none on the sink names the shard.
 * @throws TidemarkError ERR_SHARD_CORRUPT when a manifest that might name it cannot be read.
 */
export async function findNamingManifest(sink: Sink, shard: string): Promise<string | undefined> {
  const base = sealBaseOf(shard);
  if (base === null) return undefined;
  for await (const name of sink.list(base)) {
    if (!name.endsWith(MANIFEST_SUFFIX)) continue;
    const manifest = await readManifest(sink, name);
    if (manifest.shards.some((named) => named.name === shard)) return name;
  }
  return undefined;
}
