import { inject } from 'vitest';
import { workerNumber } from './worker-number.ts';

export interface TestServices {
  /** Of a superuser; Postgres 18, wal_level=logical. */
  readonly postgresUrl: string;
  /** `host:port` */
  readonly kafkaBrokers: string[];
}

/**
 * The servers of the `services` project. Kafka is shared by all files that run; Postgres is this worker's own,
 * because a slot waits for the open transactions of every database of its server (decision 0060). A test makes
 * its own database and topics (fresh.ts) and leaves those of others alone.
 */
export function services(): Promise<TestServices> {
  const { postgresUrls, kafkaBrokers } = inject('services');
  const postgresUrl = postgresUrls[(workerNumber() - 1) % postgresUrls.length]!;
  return Promise.resolve({ postgresUrl, kafkaBrokers });
}
