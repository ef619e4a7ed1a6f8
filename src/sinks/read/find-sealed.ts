import type { Micros } from '../../model/micros.ts';
import type { Beginning } from '../../model/progress.ts';
import type { Sink } from '../sink.ts';
import { listManifestNames, readManifest } from './manifests.ts';

/**
 * What the shards themselves say of a partition of which the consumer group knows nothing (any more): up to where
 * windows stand, and which later ones have early parts. Their rows come out of the log again, and what stands in
 * shards already must be told as duplicates instead of being refused because its name is taken.
 *
 * @param place.watermark where the partition begins.
 * @throws TidemarkError ERR_SINK_UNAVAILABLE, ERR_SHARD_CORRUPT.
 */
export async function findSealed(
  sink: Sink,
  place: {
    readonly table: string;
    readonly partition: number;
    readonly partitionCount: number;
    readonly watermark: Micros;
  },
): Promise<Beginning> {
  const { table, partition, partitionCount } = place;
  const base = `-p${partition}of${partitionCount}`;
  const earlyNames: string[] = [];
  let lastWhole: string | undefined;
  for await (const name of listManifestNames(sink, { table, from: place.watermark })) {
    // In the order of window ends, so the last one is the latest.
    if (name.endsWith(`${base}.manifest.json`)) lastWhole = name;
    else if (name.includes(`${base}-early-`)) earlyNames.push(name);
  }
  const end = lastWhole === undefined ? place.watermark : (await readManifest(sink, lastWhole)).window.end;
  const sealedUntil = end > place.watermark ? end : place.watermark;
  const parts = new Map<Micros, number>();
  let sizeMicros: number | undefined;
  for (const name of earlyNames) {
    const { window, shards } = await readManifest(sink, name);
    if (window.end <= sealedUntil) continue;
    parts.set(window.end, (parts.get(window.end) ?? 0) + shards.length);
    sizeMicros = window.end - window.start;
  }
  return {
    watermark: place.watermark,
    ...(sealedUntil === place.watermark ? {} : { sealedUntil }),
    early: [...parts].map(([windowEnd, count]) => ({ end: windowEnd, parts: count })),
    ...(sizeMicros === undefined ? {} : { earlySizeMicros: sizeMicros }),
  };
}
