import pg from 'pg';
import { kafkaSilence } from './kafka-answers.ts';
import { createAdminClient } from './s3-admin.ts';
import { readS3Url } from './s3-url.ts';
import type { Service } from './service.ts';
import { ServiceMissing } from './service-missing.ts';

export const POSTGRES_VARIABLE = 'TIDEMARK_TEST_PG';
export const KAFKA_VARIABLE = 'TIDEMARK_TEST_KAFKA';
export const S3_VARIABLE = 'TIDEMARK_TEST_S3';

/**
 * The Postgres that the environment names.
 *
 * @throws ServiceMissing when it names none; Error when that server does not answer or cannot be used: who named
 * one does not want another one in silence.
 */
export async function givenPostgres(): Promise<Service<string>> {
  const url = process.env[POSTGRES_VARIABLE];
  if (url === undefined || url === '')
    throw new ServiceMissing(`${POSTGRES_VARIABLE} is not set`, {
      remedy: `export ${POSTGRES_VARIABLE}=postgres://SUPERUSER:PASSWORD@HOST:PORT/postgres, a server with wal_level=logical`,
    });
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  try {
    await client.connect();
    const { rows } = await client.query<Requirements>(REQUIREMENTS);
    const unmet = unmetRequirements(rows[0]!);
    if (unmet.length > 0) throw new Error(unmet.join('; '));
  } catch (error) {
    throw new Error(`${POSTGRES_VARIABLE} names a server that cannot be used: ${(error as Error).message}`, {
      cause: error,
    });
  } finally {
    await client.end();
  }
  return given(url);
}

interface Requirements {
  readonly wal: string;
  readonly prepared: number;
  readonly superuser: boolean;
}

const REQUIREMENTS = `
  SELECT current_setting('wal_level') AS wal,
         current_setting('max_prepared_transactions')::int AS prepared,
         current_setting('is_superuser')::bool AS superuser`;

function unmetRequirements(found: Requirements): string[] {
  return [
    found.wal === 'logical'
      ? ''
      : `wal_level is ${found.wal}: ALTER SYSTEM SET wal_level = 'logical', then restart it`,
    found.prepared > 0
      ? ''
      : 'max_prepared_transactions is 0: ALTER SYSTEM SET max_prepared_transactions = 10, then restart it',
    found.superuser ? '' : 'its user is no superuser, but the tests make roles and databases',
  ].filter((problem) => problem !== '');
}

/**
 * The brokers that the environment names, `host:port` with commas between them.
 *
 * @throws ServiceMissing when it names none; Error when they do not answer.
 */
export async function givenKafka(): Promise<Service<string[]>> {
  const brokers = (process.env[KAFKA_VARIABLE] ?? '')
    .split(',')
    .map((broker) => broker.trim())
    .filter((broker) => broker !== '');
  if (brokers.length === 0)
    throw new ServiceMissing(`${KAFKA_VARIABLE} is not set`, {
      remedy: `export ${KAFKA_VARIABLE}=HOST:PORT[,HOST:PORT…], brokers of version 4`,
    });
  const silence = await kafkaSilence(brokers, { isPatient: true });
  if (silence !== undefined)
    throw new Error(`${KAFKA_VARIABLE} names brokers that do not answer: ${silence.message}`, {
      cause: silence,
    });
  return given(brokers);
}

/**
 * The S3 server that the environment names, with credentials that may make buckets.
 *
 * @throws ServiceMissing when it names none; Error when it does not let us in.
 */
export async function givenS3(): Promise<Service<string>> {
  const url = process.env[S3_VARIABLE];
  if (url === undefined || url === '')
    throw new ServiceMissing(`${S3_VARIABLE} is not set`, {
      remedy: `export ${S3_VARIABLE}=http://ACCESS_KEY:SECRET_KEY@HOST:PORT, of a user who may make buckets`,
    });
  const s3 = createAdminClient(readS3Url(url));
  try {
    await s3.listBuckets();
  } catch (error) {
    throw new Error(`${S3_VARIABLE} names a server that cannot be used: ${(error as Error).message}`, {
      cause: error,
    });
  } finally {
    s3.destroy();
  }
  return given(url);
}

/** Who gave it stops it. */
function given<T>(address: T): Service<T> {
  return { address, stop: () => Promise.resolve() };
}
