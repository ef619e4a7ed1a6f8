import type { ShardInfo } from '../../model/shard.ts';
import { digestOf } from '../read/digest-of.ts';
import type { Sink } from '../sink.ts';

/** How a shard stands on the sink, compared with its manifest. */
export type StoredState = 'intact' | 'missing' | 'damaged';

/** Reads the whole shard. @throws TidemarkError ERR_SINK_UNAVAILABLE. */
export async function readStoredState(sink: Sink, { name, ...shard }: ShardInfo): Promise<StoredState> {
  const bytes = await sink.size(name);
  if (bytes === null) return 'missing';
  if (bytes !== shard.bytes) return 'damaged';
  const sha256 = await digestOf({ sink, name, bytes, onBytes: () => undefined });
  return sha256 === shard.sha256 ? 'intact' : 'damaged';
}
