import type * as testcontainers from 'testcontainers';
import { freePorts } from './free-port.ts';
import { kafkaEnvironment, kafkaProperties, KAFKA_VERSION } from './kafka-properties.ts';
import { INITDB_FLAGS, POSTGRES_SETTINGS } from './postgres-settings.ts';
import { S3_TEST_CREDENTIALS, s3Url } from './s3-url.ts';
import type { Service } from './service.ts';
import { ServiceMissing } from './service-missing.ts';

const ENGINE_TIMEOUT_MS = 10_000;
const STARTUP_TIMEOUT_MS = 300_000; // the first start pulls the image
const PASSWORD = 'tidemark';
/** Keeps `If-None-Match` on CompleteMultipartUpload too. */
const MINIO_TAG = 'RELEASE.2025-09-07T16-13-09Z';

type Testcontainers = typeof testcontainers;

/**
 * Postgres in a container, which testcontainers' reaper removes when this process dies.
 *
 * @throws ServiceMissing when no Docker engine answers, or it cannot run the image.
 */
export async function dockerPostgres(): Promise<Service<string>> {
  const { library } = await engine();
  const settings = Object.entries(POSTGRES_SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const container = await run(
    new library.GenericContainer('postgres:18')
      .withEnvironment({ POSTGRES_PASSWORD: PASSWORD, POSTGRES_INITDB_ARGS: INITDB_FLAGS.join(' ') })
      .withCommand(['postgres', ...settings])
      .withExposedPorts(5432)
      // Twice: the image starts a server for its own set-up first.
      .withWaitStrategy(library.Wait.forLogMessage(/database system is ready to accept connections/, 2)),
  );
  const place = `${container.getHost()}:${container.getMappedPort(5432)}`;
  return { address: `postgres://postgres:${PASSWORD}@${place}/postgres`, stop: () => remove(container) };
}

/** Kafka in a container; else like {@link dockerPostgres}. */
export async function dockerKafka(): Promise<Service<string[]>> {
  const { library, host } = await engine();
  // Kafka tells clients its address, so the port must be known before it starts.
  const [port] = (await freePorts(1)) as [number];
  const advertised = `${host}:${port}`;
  const properties = kafkaProperties({
    listen: '0.0.0.0:9092',
    advertised,
    controller: 'localhost:9093',
  });
  const container = await run(
    new library.GenericContainer(`apache/kafka:${KAFKA_VERSION}`)
      .withEnvironment(kafkaEnvironment(properties))
      .withExposedPorts({ container: 9092, host: port })
      .withWaitStrategy(library.Wait.forLogMessage(/Kafka Server started/)),
  );
  return { address: [advertised], stop: () => remove(container) };
}

/** MinIO in a container; else like {@link dockerPostgres}. */
export async function dockerS3(): Promise<Service<string>> {
  const { library } = await engine();
  const { accessKeyId, secretAccessKey } = S3_TEST_CREDENTIALS;
  const container = await run(
    new library.GenericContainer(`minio/minio:${MINIO_TAG}`)
      .withEnvironment({ MINIO_ROOT_USER: accessKeyId, MINIO_ROOT_PASSWORD: secretAccessKey })
      .withCommand(['server', '/data'])
      .withExposedPorts(9000)
      .withWaitStrategy(library.Wait.forHttp('/minio/health/ready', 9000)),
  );
  const address = s3Url(`http://${container.getHost()}:${container.getMappedPort(9000)}`);
  return { address, stop: () => remove(container) };
}

/** Loaded only here: testcontainers takes half a second to load, and an address given needs none of it. */
async function engine(): Promise<{ library: Testcontainers; host: string }> {
  const library = await import('testcontainers');
  const timeout = new AbortController();
  const silence = new Promise<never>((_, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`no answer in ${ENGINE_TIMEOUT_MS / 1000} s`)),
      ENGINE_TIMEOUT_MS,
    );
    timeout.signal.addEventListener('abort', () => clearTimeout(timer));
  });
  try {
    const client = await Promise.race([library.getContainerRuntimeClient(), silence]);
    return { library, host: client.info.containerRuntime.host };
  } catch (cause) {
    throw new ServiceMissing(`no Docker engine answers: ${(cause as Error).message}`, {
      remedy: 'install and start Docker, or point DOCKER_HOST at an engine',
      cause,
    });
  } finally {
    timeout.abort();
  }
}

async function run(container: testcontainers.GenericContainer): Promise<testcontainers.StartedTestContainer> {
  try {
    return await container.withStartupTimeout(STARTUP_TIMEOUT_MS).start();
  } catch (cause) {
    throw new ServiceMissing(`Docker answers, but could not run the image: ${(cause as Error).message}`, {
      remedy: 'let the engine pull postgres:18, apache/kafka and minio/minio, or load these images',
      cause,
    });
  }
}

async function remove(container: testcontainers.StartedTestContainer): Promise<void> {
  await container.stop({ remove: true, removeVolumes: true });
}
