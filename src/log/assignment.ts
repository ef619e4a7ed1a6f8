import { offset } from '../model/offset.ts';
import type { Offset } from '../model/offset.ts';
import type { PartitionHandler } from './partition-handler.ts';

/** A partition that the group has given to this member, in one generation. */
export interface Assignment {
  readonly topic: string;
  readonly partition: number;
  readonly handler: PartitionHandler;
  /** Reading begins here after the last start; what stands before it came from an older fetch. */
  from: Offset;
  ready: boolean;
  revoked: boolean;
  /** Batches handed over and not yet done with, the one under way included. */
  pending: number;
  /** The end of the handler's queue. */
  tail: Promise<void>;
}

export function newAssignment(
  place: { topic: string; partition: number },
  handler: PartitionHandler,
): Assignment {
  return {
    ...place,
    handler,
    from: offset(0),
    ready: false,
    revoked: false,
    pending: 0,
    tail: Promise.resolve(),
  };
}
