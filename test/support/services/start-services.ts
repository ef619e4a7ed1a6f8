import { composeServices } from './compose.ts';
import { dockerKafka, dockerPostgres, dockerS3 } from './docker-services.ts';
import { givenKafka, givenPostgres, givenS3 } from './given-services.ts';
import { startLocalKafka } from './local-kafka.ts';
import { startLocalPostgres } from './local-postgres.ts';
import { startLocalS3 } from './local-s3.ts';
import { resolveService } from './resolve-service.ts';
import type { Resolved, ResolveOptions, Source } from './resolve-service.ts';
import type { Service } from './service.ts';

export interface StartServicesOptions {
  /** Default: true. */
  readonly postgres?: boolean;
  /** Default: true. */
  readonly kafka?: boolean;
  /** Default: false. */
  readonly s3?: boolean;
  /** Where local servers keep their data beyond `stop`; default: temporary folders, removed by `stop`. */
  readonly dataDir?: string;
  /** In Docker, uses docker-compose.yml instead of two containers of testcontainers. Default: false. */
  readonly compose?: boolean;
  /** Called with a line for people: what is being started, where it runs. */
  readonly onProgress?: (line: string) => void;
}

export interface RunningServices {
  /** Of a superuser, wal_level=logical; empty when Postgres was not asked for. */
  readonly postgresUrl: string;
  /** `host:port`; empty when Kafka was not asked for. */
  readonly kafkaBrokers: string[];
  /** `http://ACCESS:SECRET@host:port`; empty when S3 was not asked for. */
  readonly s3Url: string;
  /** Null for what was not asked for. */
  readonly source: {
    readonly postgres: Source | null;
    readonly kafka: Source | null;
    readonly s3: Source | null;
  };
  /** Stops what was started here and removes its temporary data; a server that was given stays as it is. */
  stop(): Promise<void>;
}

/**
 * Real servers for tests, demo and benchmarks, never a mock: addresses given by TIDEMARK_TEST_PG,
 * TIDEMARK_TEST_KAFKA and TIDEMARK_TEST_S3, else a Docker engine that answers, else servers started on this machine.
 * Servers that were started here end with this process, however it ends.
 *
 * @throws Error that lists what was tried, what is missing and how to get it.
 */
export async function startServices(options: StartServicesOptions = {}): Promise<RunningServices> {
  const onProgress = options.onProgress ?? (() => undefined);
  const docker =
    options.compose === true ? composeServices() : { postgres: dockerPostgres, kafka: dockerKafka };
  const started = await Promise.allSettled([
    options.postgres === false
      ? Promise.resolve(null)
      : timed({
          name: 'Postgres',
          ways: { given: givenPostgres, docker: docker.postgres, local: () => localPostgres(options) },
          onProgress,
        }),
    options.kafka === false
      ? Promise.resolve(null)
      : timed({
          name: 'Kafka',
          ways: { given: givenKafka, docker: docker.kafka, local: () => localKafka(options) },
          onProgress,
        }),
    options.s3 === true
      ? timed({
          name: 'S3',
          ways: { given: givenS3, docker: dockerS3, local: () => localS3(options) },
          onProgress,
        })
      : Promise.resolve(null),
  ]);
  const [postgres, kafka, s3] = started;
  const stop = async (): Promise<void> => {
    const running = started.flatMap((one) => (one.status === 'fulfilled' && one.value ? [one.value] : []));
    await Promise.all(running.map(({ service }) => service.stop()));
  };
  if (postgres.status === 'rejected' || kafka.status === 'rejected' || s3.status === 'rejected') {
    await stop();
    throw combined(started);
  }
  return {
    postgresUrl: postgres.value?.service.address ?? '',
    kafkaBrokers: kafka.value?.service.address ?? [],
    s3Url: s3.value?.service.address ?? '',
    source: {
      postgres: postgres.value?.source ?? null,
      kafka: kafka.value?.source ?? null,
      s3: s3.value?.source ?? null,
    },
    stop,
  };
}

async function localPostgres(options: StartServicesOptions): Promise<Service<string>> {
  const server = await startLocalPostgres({ dataDir: options.dataDir });
  return { address: server.url, stop: server.stop };
}

async function localKafka({ dataDir, onProgress }: StartServicesOptions): Promise<Service<string[]>> {
  const server = await startLocalKafka({ dataDir, onProgress, isLongLived: true });
  return { address: [...server.brokers], stop: server.stop };
}

async function localS3(options: StartServicesOptions): Promise<Service<string>> {
  const server = await startLocalS3({ dataDir: options.dataDir, onProgress: options.onProgress });
  return { address: server.url, stop: server.stop };
}

async function timed<T>(
  options: ResolveOptions<T> & { onProgress: (line: string) => void },
): Promise<Resolved<T>> {
  const began = performance.now();
  const found = await resolveService(options);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  options.onProgress(`${options.name}: ${found.source}, ready in ${seconds} s`);
  return found;
}

function combined(outcomes: readonly PromiseSettledResult<unknown>[]): Error {
  const errors = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason as Error] : []));
  if (errors.length === 1) return errors[0]!;
  return new AggregateError(errors, errors.map((error) => error.message).join('\n'));
}
