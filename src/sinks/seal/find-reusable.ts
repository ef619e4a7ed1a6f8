import type { Manifest } from '../../model/manifest.ts';
import type { SealRequest } from '../../model/seal.ts';
import { TidemarkError } from '../../base/errors.ts';
import type { ShardInfo } from '../../model/shard.ts';
import { moveAway } from '../move-away.ts';
import { digestOf } from '../read/digest-of.ts';
import { readManifest } from '../read/manifests.ts';
import type { Sink } from '../sink.ts';

/**
 * The manifest of an earlier run of this very seal, with its shards in place. It is about to be announced, perhaps after
 * a power cut, so every byte is read again, and it is made durable: its writer may have died before it did so.
 *
 * @returns undefined when there is no manifest of this name.
 * @throws TidemarkError ERR_SHARD_CONFLICT when there is one of other rows; ERR_SHARD_CORRUPT when it is damaged, or a
 * shard that it names is missing or has other bytes.
 */
export async function findReusable(options: {
  readonly sink: Sink;
  readonly manifestName: string;
  readonly request: SealRequest;
  /** Asked only when there is a manifest to compare with. */
  readonly rowsSha256: () => string;
  readonly payload: 'file' | 'row';
  readonly signal: AbortSignal;
}): Promise<Manifest | undefined> {
  const { sink, manifestName } = options;
  if ((await sink.size(manifestName)) === null) return undefined;
  const manifest = await readOwnManifest(sink, manifestName);
  const difference = findDifference(manifest, options);
  if (difference !== undefined)
    throw new TidemarkError('ERR_SHARD_CONFLICT', {
      detail: `${manifestName} is there from another seal: its ${difference} differ`,
      remedy:
        'If two archives write to one place, give each its own sink.url. Otherwise the log was read from another place or with another configuration than when this manifest was written: look for what has changed, and keep the manifest.',
    });
  for (const shard of manifest.shards) {
    const difference = await findDamage(shard, options);
    if (difference !== undefined)
      throw damaged(options, `${shard.name} ${difference}, and ${manifestName} names it`);
    await sink.settle(shard.name);
  }
  await sink.settle(manifestName);
  return manifest;
}

async function readOwnManifest(sink: Sink, name: string): Promise<Manifest> {
  try {
    return await readManifest(sink, name);
  } catch (error) {
    if (!(error instanceof TidemarkError) || error.code !== 'ERR_SHARD_CORRUPT') throw error;
    throw damaged({ sink, manifestName: name }, error.detail, error);
  }
}

async function findDamage(
  shard: ShardInfo,
  { sink, signal }: { readonly sink: Sink; readonly signal: AbortSignal },
): Promise<string | undefined> {
  const { name } = shard;
  const bytes = await sink.size(name);
  if (bytes === null) return 'is missing';
  if (bytes !== shard.bytes) return `has ${bytes} bytes and not ${shard.bytes}`;
  const sha256 = await digestOf({ sink, name, bytes, onBytes: () => signal.throwIfAborted() });
  return sha256 === shard.sha256 ? undefined : `has sha256 ${sha256} and not ${shard.sha256}`;
}

function damaged(
  { sink, manifestName }: { readonly sink: Sink; readonly manifestName: string },
  detail: string,
  cause?: unknown,
): TidemarkError {
  return new TidemarkError('ERR_SHARD_CORRUPT', {
    detail,
    remedy: `Restore it from a copy. If there is none: ${moveAway(sink, manifestName)}, and start again; the window is then sealed anew from its rows and files.`,
    cause,
  });
}

function findDifference(
  manifest: Manifest,
  {
    request,
    rowsSha256,
    payload,
  }: { request: SealRequest; rowsSha256: () => string; payload: 'file' | 'row' },
): string | undefined {
  const { name, offsets } = request;
  if (manifest.rowsSha256 !== rowsSha256()) return 'rows';
  if (manifest.window.start !== name.window.start || manifest.window.end !== name.window.end)
    return 'windows';
  if (manifest.partition !== name.partition || manifest.partitionCount !== name.partitionCount)
    return 'partitions';
  if (manifest.table !== name.table || manifest.kind !== name.kind) return 'names';
  if (manifest.payload !== payload) return 'payloads';
  const first = manifest.shards[0];
  if (first !== undefined && first.part !== request.firstPart) return 'part numbers';
  // The batch path knows no offsets: its seals and those of the stream are the same seals.
  if (manifest.offsets === null || offsets === null) return undefined;
  return manifest.offsets.first === offsets.first && manifest.offsets.last === offsets.last
    ? undefined
    : 'offsets';
}
