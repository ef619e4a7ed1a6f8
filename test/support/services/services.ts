import { inject } from 'vitest';
import { readS3Url } from './s3-url.ts';
import type { S3Server } from './s3-url.ts';
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

/** The S3 server of the `services` project, shared by all files; a test takes a bucket of its own (fresh-bucket.ts). */
export function s3Server(): S3Server {
  const { s3 } = inject('services');
  if ('problem' in s3) throw new Error(s3.problem);
  return readS3Url(s3.url);
}
