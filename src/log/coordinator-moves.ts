import pRetry from 'p-retry';
import { protocolTypeOf } from './fencing.ts';

/** Five seconds in all: a broker makes `__consumer_offsets` when the first group asks, and loads it when it starts. */
const FOR_SECONDS = { retries: 8, minTimeout: 50, maxTimeout: 1_000 };

/** How KafkaJS names NOT_COORDINATOR, COORDINATOR_LOAD_IN_PROGRESS and COORDINATOR_NOT_AVAILABLE of Kafka's protocol. */
const MOVING = new Set([
  'NOT_COORDINATOR_FOR_GROUP',
  'GROUP_LOAD_IN_PROGRESS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
]);

/**
 * Asks a group's coordinator again while there is none yet: KafkaJS's admin client asks only once, and who asks a
 * broker that was made just now would take it to be away.
 *
 * @param isPassing which errors are asked about again. Default: those that speak of a coordinator.
 * @throws what `ask` throws in the end, and at once what does not pass.
 */
export function whileCoordinatorMoves<T>(
  ask: () => Promise<T>,
  isPassing: (error: unknown) => boolean = (error) => MOVING.has(protocolTypeOf(error) ?? ''),
): Promise<T> {
  return pRetry(ask, { ...FOR_SECONDS, shouldRetry: ({ error }) => isPassing(error) });
}
