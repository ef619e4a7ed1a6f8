import { offset } from '../model/offset.ts';
import type { Offset } from '../model/offset.ts';
import type { PartitionHandler } from './partition-handler.ts';

export interface Place {
  readonly topic: string;
  readonly partition: number;
}

export function placeOf({ topic, partition }: Place): Place {
  return { topic, partition };
}

/** A place as the key of a map. */
export function placeKey({ topic, partition }: Place): string {
  return `${topic}/${partition}`;
}

/** A partition that the group has given to this member, from its assignment to its revocation. */
export interface Assignment extends Place {
  readonly handler: PartitionHandler;
  /** The next offset to hand over: where reading goes on when the group has joined anew. */
  next: Offset;
  /** Up to here was fetched, markers of transactions included. */
  passed: Offset;
  /** Between a start that succeeded and the next failure. */
  ready: boolean;
  revoked: boolean;
  /** Batches handed over and not yet done with, the one under way included. */
  pending: number;
  /** The end of the handler's queue. */
  tail: Promise<void>;
  /** A failed partition waits for its next start. */
  retry: NodeJS.Timeout | undefined;
}

export function newAssignment(place: Place, handler: PartitionHandler): Assignment {
  return {
    topic: place.topic,
    partition: place.partition,
    handler,
    next: offset(0),
    passed: offset(0),
    ready: false,
    revoked: false,
    pending: 0,
    tail: Promise.resolve(),
    retry: undefined,
  };
}

/** With no batch in hand, all that was fetched was consumed. */
export function tellPassed({ handler, pending, passed }: Assignment): void {
  if (pending === 0) handler.passed?.(passed);
}
