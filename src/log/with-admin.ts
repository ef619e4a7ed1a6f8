import type { Admin, Kafka } from 'kafkajs';
import { TidemarkError } from '../base/errors.ts';

/**
 * Lends a connected admin client.
 *
 * @throws TidemarkError ERR_KAFKA_UNREACHABLE when no broker answers within about ten seconds; what `use` throws.
 */
export async function withAdmin<T>(kafka: Kafka, use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin({ retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 5 } });
  try {
    await admin.connect();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TidemarkError('ERR_KAFKA_UNREACHABLE', { detail: reason, cause });
  }
  try {
    return await use(admin);
  } finally {
    await admin.disconnect();
  }
}
