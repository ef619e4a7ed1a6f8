import type { Manifest } from '../../model/manifest.ts';
import type { SealRequest } from '../../model/seal.ts';
import { TidemarkError } from '../../base/errors.ts';
import { readManifest } from '../read/manifests.ts';
import type { Sink } from '../sink.ts';

/**
 * The manifest of an earlier run of this very seal, with its shards in place.
 *
 * @returns undefined when there is no manifest of this name.
 * @throws TidemarkError ERR_SHARD_CONFLICT when there is one of other rows; ERR_SHARD_CORRUPT when a shard that
 * it names is missing or has another length.
 */
export async function findReusable(options: {
  readonly sink: Sink;
  readonly manifestName: string;
  readonly request: SealRequest;
  /** Asked only when there is a manifest to compare with. */
  readonly rowsSha256: () => string;
  readonly payload: 'file' | 'row';
}): Promise<Manifest | undefined> {
  const { sink, manifestName } = options;
  if ((await sink.size(manifestName)) === null) return undefined;
  const manifest = await readManifest(sink, manifestName);
  const difference = findDifference(manifest, options);
  if (difference !== undefined)
    throw new TidemarkError('ERR_SHARD_CONFLICT', {
      detail: `${manifestName} is there from another seal: its ${difference} differ`,
    });
  for (const shard of manifest.shards) {
    const bytes = await sink.size(shard.name);
    if (bytes !== shard.bytes)
      throw new TidemarkError('ERR_SHARD_CORRUPT', {
        detail: `${shard.name} ${bytes === null ? 'is missing' : `has ${bytes} bytes`}; its manifest says ${shard.bytes}`,
      });
  }
  return manifest;
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
