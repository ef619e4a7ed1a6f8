import { FrameCompressor, zstdVersion } from '../zstd.ts';
import { frameRange } from './decode-frame.ts';
import type { ShardReader } from './shard-reader.ts';
import { errorIn } from './verify-problem.ts';
import type { VerifyProblem } from './verify-problem.ts';

/**
 * Finds the frame with other bytes that decompresses to the right content all the same: zstd ignores a few bits.
 * Compresses every frame again, which tells something only with the libzstd that wrote the shard.
 */
export async function* findHiddenDamage(reader: ShardReader): AsyncGenerator<VerifyProblem> {
  const { metadata, frames } = reader.layout;
  if (metadata.zstd !== zstdVersion()) return;
  const compressor = new FrameCompressor({ level: metadata.level, frameBytesMax: metadata.frameBytes });
  for (let number = 0; number < frames.length; number++) {
    const data = await reader.readFrameData(number);
    if (!data.equals(compressor.compress(reader.decodeFrame(number, data))))
      yield errorIn(
        reader.name,
        frameRange(frames.at(number)!),
        `frame ${number} has the right content, but not the bytes that were written`,
      );
  }
}
