import type { TidemarkEvent } from '../log/event-contract.ts';
import type { Micros } from '../model/micros.ts';
import type { Offset } from '../model/offset.ts';

/**
 * What a stream makes of the events, in the order of the log. Pure: the same events give the same deliveries, so a stream
 * that begins anew at `needed` with its `floor` comes to the state that it had.
 */
export interface Fold<T> {
  /** @returns what this event makes known. */
  take(event: TidemarkEvent, at: Offset): readonly T[];
  /** Oldest event without which the state would be another one; null when there is none. */
  readonly needed: Offset | null;
  /** See StreamPosition. */
  readonly floor: Micros | null;
}

/** Delivers each event that is wanted, and remembers nothing. */
export function eachEvent<T extends TidemarkEvent>(
  isWanted: (event: TidemarkEvent) => event is T,
  floor: Micros | null,
): Fold<T> {
  return { floor, needed: null, take: (event) => (isWanted(event) ? [event] : []) };
}
