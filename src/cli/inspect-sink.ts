import type { Config } from '../config/config.ts';
import type { Requirement } from '../model/requirement.ts';
import { inspectSink, SINK_AVAILABLE } from './inspect-folders.ts';

/** What the archive needs of the place where the shards go. */
export async function inspectArchivePlace({ url, s3 }: Config['sink']): Promise<Requirement[]> {
  if (!url.startsWith('s3://')) return [await inspectSink(url)];
  const { inspectBucket } = await import('../sinks/s3/bucket-requirements.ts');
  return await inspectBucket({ url, s3, availableName: SINK_AVAILABLE });
}
