import type { Micros } from '../../model/micros.ts';
import { ownShardName } from '../../model/shard.ts';
import type { ShardInfo } from '../../model/shard.ts';
import type { Sink } from '../sink.ts';
import { listDays, listManifests } from './manifests.ts';
import type { ManifestQuery } from './manifests.ts';

/** How one shard stands in two archives. */
export interface ComparedShard {
  /** Without `-again-<n>`: what an earlier try left behind makes no difference. */
  readonly name: string;
  readonly windowEnd: Micros;
  readonly outcome: 'same' | 'different' | 'only here' | 'only there';
  /** As the manifests have it; null where there is none. */
  readonly here: ShardDigest | null;
  readonly there: ShardDigest | null;
}

export interface ShardDigest {
  readonly sha256: string;
  readonly bytes: number;
  readonly rows: number;
}

/**
 * Compares what the manifests of two archives name, shard for shard and digest for digest, a day of one table at a time.
 * That the bytes are those of the digests is what `verify` says of each archive.
 *
 * @throws TidemarkError ERR_SINK_UNAVAILABLE, ERR_SHARD_CORRUPT.
 */
export async function* compareArchives(
  here: Sink,
  there: Sink,
  query: ManifestQuery,
): AsyncGenerator<ComparedShard> {
  const days = new Set([
    ...(await collect(listDays(here, query))),
    ...(await collect(listDays(there, query))),
  ]);
  for (const day of [...days].sort()) {
    const [ours, theirs] = await Promise.all([readDay(here, day, query), readDay(there, day, query)]);
    const names = [...new Set([...ours.keys(), ...theirs.keys()])];
    const compared = names.map((name) => compareShard(name, ours.get(name), theirs.get(name)));
    yield* compared.sort((a, b) => a.windowEnd - b.windowEnd || (a.name < b.name ? -1 : 1));
  }
}

interface PlacedShard {
  readonly shard: ShardInfo;
  readonly windowEnd: Micros;
}

function compareShard(
  name: string,
  ours: PlacedShard | undefined,
  theirs: PlacedShard | undefined,
): ComparedShard {
  const outcome =
    theirs === undefined
      ? 'only here'
      : ours === undefined
        ? 'only there'
        : ours.shard.sha256 === theirs.shard.sha256
          ? 'same'
          : 'different';
  const windowEnd = (ours ?? theirs)!.windowEnd;
  return { name, windowEnd, outcome, here: digestOf(ours), there: digestOf(theirs) };
}

function digestOf(placed: PlacedShard | undefined): ShardDigest | null {
  if (placed === undefined) return null;
  const { sha256, bytes, rows } = placed.shard;
  return { sha256, bytes, rows };
}

/** @param day `<table>/<yyyy>/<mm>/<dd>/`. */
async function readDay(sink: Sink, day: string, query: ManifestQuery): Promise<Map<string, PlacedShard>> {
  const shards = new Map<string, PlacedShard>();
  for await (const { manifest } of listManifests(sink, query, day))
    for (const shard of manifest.shards)
      shards.set(ownShardName(shard.name), { shard, windowEnd: manifest.window.end });
  return shards;
}

async function collect(names: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const name of names) all.push(name);
  return all;
}
