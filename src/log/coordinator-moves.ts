import pRetry from 'p-retry';
import { protocolTypeOf } from './fencing.ts';

/** Five seconds in all: a broker makes `__consumer_offsets` when the first group asks, and loads it when it starts. */
const RETRIES = 8;
const PAUSE_MS = { minTimeout: 50, maxTimeout: 1_000 };

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
 * @throws what `ask` throws in the end, and at once what does not speak of a coordinator.
 */
export function whileCoordinatorMoves<T>(ask: () => Promise<T>): Promise<T> {
  return pRetry(ask, {
    retries: RETRIES,
    ...PAUSE_MS,
    shouldRetry: ({ error }) => MOVING.has(protocolTypeOf(error) ?? ''),
  });
}
