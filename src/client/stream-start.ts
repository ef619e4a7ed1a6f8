import type { Admin } from 'kafkajs';
import { TidemarkError } from '../base/errors.ts';
import { whileCoordinatorMoves } from '../log/coordinator-moves.ts';
import { isBare, isNone, readCommittedOffsets } from '../log/group-progress.ts';
import { offset } from '../model/offset.ts';
import { firstPosition, requireKept } from './first-position.ts';
import { decodePosition } from './position.ts';
import type { StreamPosition } from './position.ts';
import type { StreamBeginning } from './subscriber-options.ts';

export interface StreamPlace {
  readonly admin: Admin;
  readonly groupId: string;
  readonly topic: string;
  readonly partition: number;
}

/**
 * Where a stream goes on: where its subscriber says, or else its group, or else at its beginning.
 *
 * @param options.commit is given the beginning of a stream that has no position: `now` must not be a later one after a
 * crash before the first delivery.
 * @throws TidemarkError ERR_CLIENT_OPTION, ERR_METADATA_INVALID, ERR_LOG_TRUNCATED.
 */
export async function readStreamStart(
  place: StreamPlace,
  options: {
    readonly from: StreamBeginning;
    readonly resumeAfter: () => Promise<string | null> | string | null;
    readonly commit: (position: StreamPosition) => Promise<void>;
  },
): Promise<StreamPosition> {
  const stored = await options.resumeAfter();
  if (stored !== null) return requireKept(place, requirePosition(stored));
  const committed = (await whileCoordinatorMoves(() => readCommittedOffsets(place)))[place.partition];
  if (committed === undefined || isNone(committed)) {
    const first = await firstPosition(place, options.from);
    await options.commit(first);
    return first;
  }
  if (isBare(committed)) {
    // Somebody has reset the group's offset by hand.
    const at = offset(committed.offset);
    return requireKept(place, { needed: at, next: at, done: 0, floor: null });
  }
  const position = decodePosition(committed.metadata ?? '');
  if (position?.needed === Number(committed.offset)) return requireKept(place, position);
  throw new TidemarkError('ERR_METADATA_INVALID', {
    detail: `${place.groupId} has ${JSON.stringify(committed.metadata)} at offset ${committed.offset} of ${place.topic}, which is no position of a stream`,
    remedy:
      'Another program commits for this consumer group. Give the subscriber a groupId of its own, or reset the group: `kafka-consumer-groups.sh --reset-offsets`.',
  });
}

function requirePosition(text: string): StreamPosition {
  const position = decodePosition(text);
  if (position !== undefined) return position;
  throw new TidemarkError('ERR_CLIENT_OPTION', {
    detail: `resumeAfter gave ${JSON.stringify(text)}, which is no position of a delivery`,
  });
}
