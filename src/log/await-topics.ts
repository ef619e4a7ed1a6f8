import type { Admin } from 'kafkajs';
import pRetry from 'p-retry';

/** Ten seconds in all: brokers learn of a topic from the controller within moments, a busy one within seconds. */
const RETRIES = 40;
const PAUSE_MS = 250;

const NOT_YET = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE']);

/**
 * Waits until the brokers know topics that the controller has made: KafkaJS waits for their leaders only, and
 * takes it for a refusal when a broker has not heard of the topic.
 *
 * @throws what the brokers say when they do not know them in the end.
 */
export async function awaitTopics(
  admin: Pick<Admin, 'fetchTopicMetadata'>,
  topics: readonly string[],
): Promise<void> {
  await pRetry(() => admin.fetchTopicMetadata({ topics: [...topics] }), {
    retries: RETRIES,
    factor: 1,
    minTimeout: PAUSE_MS,
    shouldRetry: ({ error }) => NOT_YET.has(String((error as { type?: unknown }).type)),
  });
}
