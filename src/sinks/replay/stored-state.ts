import { createHash } from 'node:crypto';
import type { ShardInfo } from '../../model/shard.ts';
import type { Sink } from '../sink.ts';

/** How a shard stands on the sink, compared with its manifest. */
export type StoredState = 'intact' | 'missing' | 'damaged';

const CHUNK_BYTES = 1024 * 1024;

/** Reads the whole shard. @throws TidemarkError ERR_SINK_UNAVAILABLE. */
export async function readStoredState(sink: Sink, shard: ShardInfo): Promise<StoredState> {
  const bytes = await sink.size(shard.name);
  if (bytes === null) return 'missing';
  if (bytes !== shard.bytes) return 'damaged';
  const hash = createHash('sha256');
  for (let offset = 0; offset < bytes; offset += CHUNK_BYTES) {
    const length = Math.min(CHUNK_BYTES, bytes - offset);
    hash.update(await sink.readRange(shard.name, { offset, length }));
  }
  return hash.digest('hex') === shard.sha256 ? 'intact' : 'damaged';
}
