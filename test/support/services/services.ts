import { inject } from 'vitest';
import { awaitS3 } from './s3-announcement.ts';
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
export async function s3Server(): Promise<S3Server> {
  return readS3Url(await awaitS3(inject('services').s3Announcement));
}
