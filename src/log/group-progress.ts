import type { Admin } from 'kafkajs';
import type { Progress } from '../model/progress.ts';
import { decodeProgress } from './progress-codec.ts';

/**
 * What a group has committed for every partition of a topic, by partition number; null where nothing is.
 *
 * @throws TidemarkError ERR_METADATA_INVALID.
 */
export async function readGroupProgress(options: {
  admin: Admin;
  groupId: string;
  topic: string;
}): Promise<(Progress | null)[]> {
  const [found] = await options.admin.fetchOffsets({ groupId: options.groupId, topics: [options.topic] });
  const progress: (Progress | null)[] = [];
  for (const committed of found?.partitions ?? []) {
    progress[committed.partition] = Number(committed.offset) < 0 ? null : decodeProgress(committed);
  }
  return progress;
}
