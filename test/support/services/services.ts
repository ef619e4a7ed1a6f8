import { inject } from 'vitest';

export interface TestServices {
  /** Of a superuser; Postgres 18, wal_level=logical. */
  readonly postgresUrl: string;
  /** `host:port` */
  readonly kafkaBrokers: string[];
}

/**
 * The servers that all tests of the `services` project share. A test makes its own database and topics
 * (fresh.ts) and leaves those of others alone.
 */
export function services(): Promise<TestServices> {
  return Promise.resolve(inject('services'));
}
