import type { Admin } from 'kafkajs';
import type { CapturePosition, SnapshotState } from '../model/capture-position.ts';
import { findTableTopics, readCommittedPosition } from './committed-position.ts';

interface CapturePlace {
  readonly name: string;
  readonly group: string;
  readonly tables: readonly string[];
}

/**
 * How far capture has come, as it has committed it; null before its first commit.
 *
 * @throws TidemarkError ERR_TOPIC_INVALID, ERR_METADATA_INVALID.
 */
export async function readCapturePosition(
  admin: Admin,
  options: CapturePlace,
): Promise<CapturePosition | null> {
  const topics = await findTableTopics(admin, options);
  return readCommittedPosition(admin, { ...options, topics });
}

/**
 * Snapshots that capture has begun, by `schema.name`, as it has committed them.
 *
 * @throws TidemarkError ERR_TOPIC_INVALID, ERR_METADATA_INVALID.
 */
export async function readCaptureSnapshots(
  admin: Admin,
  options: CapturePlace,
): Promise<ReadonlyMap<string, SnapshotState>> {
  const position = await readCapturePosition(admin, options);
  return position?.snapshots ?? new Map<string, SnapshotState>();
}
