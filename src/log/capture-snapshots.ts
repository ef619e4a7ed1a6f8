import type { Admin } from 'kafkajs';
import type { SnapshotState } from '../model/capture-position.ts';
import { findTableTopics, readCommittedPosition } from './committed-position.ts';

/**
 * Snapshots that capture has begun, by `schema.name`, as it has committed them.
 *
 * @throws TidemarkError ERR_TOPIC_INVALID, ERR_METADATA_INVALID.
 */
export async function readCaptureSnapshots(
  admin: Admin,
  options: { readonly name: string; readonly group: string; readonly tables: readonly string[] },
): Promise<ReadonlyMap<string, SnapshotState>> {
  const topics = await findTableTopics(admin, options);
  const position = await readCommittedPosition(admin, { ...options, topics });
  return position?.snapshots ?? new Map<string, SnapshotState>();
}
