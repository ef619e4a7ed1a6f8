import { TidemarkError } from '../../base/errors.ts';
import type { AnnouncedShard } from '../../model/cleanup.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { ShardInfo } from '../../model/shard.ts';
import { readManifest } from '../read/manifests.ts';
import { findNamingManifest } from '../read/naming-manifest.ts';
import { verifyShard } from '../read/verify-shard.ts';
import type { Sink } from '../sink.ts';

/** A shard with the manifest that makes it count. */
export interface NamedShard {
  readonly manifest: Manifest;
  readonly info: ShardInfo;
}

/**
 * Finds the manifest of an announced shard.
 *
 * @throws TidemarkError ERR_SHARD_NOT_FOUND; ERR_SHARD_CORRUPT when the event and the manifest differ.
 */
export async function requireNamed(sink: Sink, announced: AnnouncedShard): Promise<NamedShard> {
  const { name, sha256, bytes } = announced;
  const found = await findNamingManifest(sink, name);
  if (found === undefined)
    throw new TidemarkError('ERR_SHARD_NOT_FOUND', {
      detail: `${name} was announced, and no manifest on ${sink.url} names it`,
      remedy: `See that sink.url is that of the archive, and put its manifests back from a copy. Files that were archived in it stay.`,
    });
  const manifest = await readManifest(sink, found);
  const info = manifest.shards.find((shard) => shard.name === name)!;
  if (info.sha256 !== sha256 || info.bytes !== bytes)
    throw new TidemarkError('ERR_SHARD_CORRUPT', {
      detail: `${name}: its event says ${bytes} bytes with sha256 ${sha256}, ${found} says ${info.bytes} with ${info.sha256}`,
    });
  return { manifest, info };
}

/**
 * Reads every byte of a shard back, and compares its digest, and that of each file in it.
 *
 * @throws TidemarkError ERR_SHARD_CORRUPT with the first thing that is not as it was written; ERR_SINK_UNAVAILABLE.
 */
export async function requireIntact(
  sink: Sink,
  { manifest, info }: NamedShard,
  signal: AbortSignal,
): Promise<void> {
  const onBytes = (): void => signal.throwIfAborted();
  for await (const { name, range, what } of verifyShard({ sink, manifest, info, onBytes })) {
    const place = range === null ? '' : `, bytes ${range.from} to ${range.to}`;
    throw new TidemarkError('ERR_SHARD_CORRUPT', {
      detail: `${name}${place}: ${what}`,
      remedy:
        'Run `tidemark verify` for all that is wrong, and restore the shard from a copy, or from its sources while they are there (`tidemark replay --restore`). Then start the clean-up again.',
    });
  }
}
