import type { ShardInfo } from '../../model/shard.ts';
import type { Sink } from '../sink.ts';
import { TAIL_BYTES, decodeLayout, tailBytesWanted } from './decode-layout.ts';
import type { ShardLayout } from './decode-layout.ts';

/**
 * Reads seek table and directory: in one request, but for very large shards.
 *
 * @throws CorruptShard when they are damaged or contradict each other.
 */
export async function readLayout(
  sink: Sink,
  { name, bytes }: Pick<ShardInfo, 'name' | 'bytes'>,
): Promise<ShardLayout> {
  let tail = await readTail(sink, { name, bytes }, TAIL_BYTES);
  for (;;) {
    const wanted = tailBytesWanted({ shard: name, bytes, tail });
    if (wanted <= tail.length) return decodeLayout({ shard: name, bytes, tail });
    tail = await readTail(sink, { name, bytes }, wanted);
  }
}

async function readTail(
  sink: Sink,
  { name, bytes }: Pick<ShardInfo, 'name' | 'bytes'>,
  wanted: number,
): Promise<Buffer> {
  const length = Math.min(bytes, wanted);
  return await sink.readRange(name, { offset: bytes - length, length });
}
