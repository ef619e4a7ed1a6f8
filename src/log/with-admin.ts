import type { Admin, Kafka } from 'kafkajs';
import { kafkaFailure, knownFailure } from './kafka-failure.ts';
import { isKafkaOutage } from './kafka-outage.ts';

/**
 * Lends a connected admin client.
 *
 * @throws TidemarkError ERR_KAFKA_UNREACHABLE when no broker answers within about ten seconds, or the last one goes
 * away meanwhile; ERR_TLS_REFUSED, ERR_SECRET_FILE, and ERR_PREREQUISITE for a login or a right that is refused; what
 * else `use` throws.
 */
export async function withAdmin<T>(kafka: Kafka, use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin({ retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 5 } });
  try {
    await admin.connect();
  } catch (cause) {
    throw kafkaFailure('', cause);
  }
  try {
    return await use(admin);
  } catch (cause) {
    throw isKafkaOutage(cause) ? kafkaFailure('', cause) : (knownFailure('', cause) ?? cause);
  } finally {
    await admin.disconnect();
  }
}
