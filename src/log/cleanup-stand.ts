import type { Admin } from 'kafkajs';
import { TidemarkError } from '../base/errors.ts';
import { offset } from '../model/offset.ts';
import type { Offset } from '../model/offset.ts';
import { whileCoordinatorMoves } from './coordinator-moves.ts';
import { isNone, readCommittedOffsets } from './group-progress.ts';
import type { CommittedOffset } from './group-progress.ts';
import { readTopicOffsets } from './topic-offsets.ts';

interface GroupPlace {
  readonly admin: Admin;
  readonly groupId: string;
  readonly topic: string;
}

/** Where a clean-up goes on in each partition, and where what is there now ends. */
export interface CleanupStand {
  readonly next: ReadonlyMap<number, Offset>;
  readonly end: ReadonlyMap<number, Offset>;
  /** What the processes have said of themselves with their offsets, by partition. */
  readonly notes: ReadonlyMap<number, string>;
}

/**
 * Reads where a clean-up stands; one that has never run begins with the oldest event that is kept.
 *
 * @throws TidemarkError ERR_LOG_TRUNCATED when events are gone that were not worked on, or the topic was made anew.
 */
export async function readCleanupStand(place: GroupPlace): Promise<CleanupStand> {
  const { admin, topic } = place;
  const committed = await whileCoordinatorMoves(() => readCommittedOffsets(place));
  const bounds = await readTopicOffsets(admin, topic);
  const next = new Map<number, Offset>();
  const notes = new Map<number, string>();
  for (const [partition, start] of bounds.start) {
    const found = committed[partition];
    next.set(
      partition,
      found === undefined || isNone(found) ? start : withinBounds(place, partition, { found, bounds }),
    );
    if (found?.metadata) notes.set(partition, found.metadata);
  }
  return { next, end: bounds.end, notes };
}

function withinBounds(
  { groupId, topic }: GroupPlace,
  partition: number,
  {
    found,
    bounds,
  }: { readonly found: CommittedOffset; readonly bounds: Awaited<ReturnType<typeof readTopicOffsets>> },
): Offset {
  const next = offset(found.offset);
  const [low, high] = [bounds.start.get(partition)!, bounds.end.get(partition) ?? 0];
  if (next >= low && next <= high) return next;
  const detail =
    next < low
      ? `${topic}/${partition} begins at offset ${low}, the clean-up has come to ${next}: shards that were announced in between are known no more`
      : `${topic}/${partition} ends at offset ${high}, before ${next} where the clean-up goes on: the topic was made anew`;
  throw new TidemarkError('ERR_LOG_TRUNCATED', {
    detail,
    remedy: `Nothing was removed that should have stayed; source files of those shards stay until somebody removes them. To go on with what is there: \`kafka-consumer-groups.sh --reset-offsets --to-earliest --execute --group ${groupId} --topic ${topic}\`. Then raise the retention of the topic above cleanup.after and the longest pause (\`tidemark init\` sets it).`,
  });
}
