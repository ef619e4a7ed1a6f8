import type { Admin, Kafka } from 'kafkajs';
import { messageOf, TidemarkError } from '../base/errors.ts';
import { isKafkaOutage } from './kafka-outage.ts';

/**
 * Lends a connected admin client.
 *
 * @throws TidemarkError ERR_KAFKA_UNREACHABLE when no broker answers within about ten seconds, or the last one goes
 * away meanwhile; what else `use` throws.
 */
export async function withAdmin<T>(kafka: Kafka, use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin({ retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 5 } });
  try {
    await admin.connect();
  } catch (cause) {
    throw unreachable(cause);
  }
  try {
    return await use(admin);
  } catch (cause) {
    throw isKafkaOutage(cause) ? unreachable(cause) : cause;
  } finally {
    await admin.disconnect();
  }
}

function unreachable(cause: unknown): TidemarkError {
  if (cause instanceof TidemarkError) return cause;
  const detail = messageOf(cause);
  return new TidemarkError('ERR_KAFKA_UNREACHABLE', { detail, cause });
}
