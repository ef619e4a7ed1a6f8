import type { Admin } from 'kafkajs';
import type { Progress } from '../model/progress.ts';
import { whileCoordinatorMoves } from './coordinator-moves.ts';
import { decodeProgress } from './progress-codec.ts';

/** What stands in the group for one partition, as Kafka has it. */
export interface CommittedOffset {
  /** −1 when nothing is committed. */
  readonly offset: string;
  readonly metadata: string | null;
}

interface GroupPlace {
  readonly admin: Admin;
  readonly groupId: string;
  readonly topic: string;
}

/**
 * What a group has committed for every partition of a topic, by partition number; null where nothing is, or where
 * somebody has set an offset and said no more: what that means is decided when the partition starts.
 *
 * @throws TidemarkError ERR_METADATA_INVALID.
 */
export async function readGroupProgress(options: GroupPlace): Promise<(Progress | null)[]> {
  const committed = await whileCoordinatorMoves(() => readCommittedOffsets(options));
  return committed.map((found) => (isNone(found) || isBare(found) ? null : decodeProgress(found)));
}

/** By partition number. */
export async function readCommittedOffsets({
  admin,
  groupId,
  topic,
}: GroupPlace): Promise<CommittedOffset[]> {
  const [found] = await admin.fetchOffsets({ groupId, topics: [topic] });
  const committed: CommittedOffset[] = [];
  for (const { partition, offset, metadata } of found?.partitions ?? []) {
    committed[partition] = { offset, metadata };
  }
  return committed;
}

export function isNone({ offset }: CommittedOffset): boolean {
  return offset === '-1';
}

/** An offset without a word from us: another tool has written it. */
export function isBare({ metadata }: CommittedOffset): boolean {
  return metadata === null || metadata === '';
}
