import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeDataFolder } from './data-folder.ts';
import { freePorts } from './free-port.ts';
import { javaCommand } from './java.ts';
import { kafkaSilence } from './kafka-answers.ts';
import { kafkaJars } from './kafka-jars.ts';
import { kafkaProperties, propertiesText } from './kafka-properties.ts';
import type { KafkaAddresses } from './kafka-properties.ts';
import { startLocalServer } from './local-server.ts';
import type { LocalServer } from './local-server.ts';

export interface LocalKafka extends LocalServer {
  /** The one broker, `host:port`. The same after `restart`. */
  readonly brokers: readonly string[];
}

export interface LocalKafkaOptions {
  /** Folder for `kafka/`, kept at stop and used again; default: a temporary one, removed at stop. */
  readonly dataDir?: string | undefined;
  /** Entries of server.properties beside or instead of those of kafkaProperties. */
  readonly properties?:
    Readonly<Record<string, string>> | ((addresses: KafkaAddresses) => Record<string, string>);
  /** Users that exist from the start, as `kafka-storage format --add-scram` takes them. */
  readonly scram?: readonly string[];
  /** Optimized for the long run, at twice the CPU of a start: the broker of a benchmark, or of all tests. */
  readonly isLongLived?: boolean;
  readonly onProgress?: ((line: string) => void) | undefined;
}

/** 16 bytes in base64url, as Kafka wants it; the cluster is nobody else's, so it need not be random. */
const CLUSTER_ID = Buffer.from('tidemark-tests-1').toString('base64url');
const READY_TIMEOUT_MS = 120_000;
/** 2.9 seconds of CPU until it answers, instead of 5.7: a broker that is killed again and again starts most of its life. */
const QUICK_START = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];

/**
 * Starts Apache Kafka 4 in KRaft mode with `java`; the first time ever `mvn` fetches it.
 *
 * @throws ServiceMissing when Java or Maven is missing; Error with its log when it does not start.
 */
export async function startLocalKafka(options: LocalKafkaOptions = {}): Promise<LocalKafka> {
  const java = await javaCommand();
  const jars = await kafkaJars(options.onProgress ?? (() => undefined));
  const folder = makeDataFolder({ name: 'kafka', dataDir: options.dataDir, owner: null });
  try {
    const ports = await freePorts(2);
    const [address, controller] = ports.map((port) => `127.0.0.1:${port}`) as [string, string];
    const propertiesFile = path.join(folder.path, 'server.properties');
    const addresses = { listen: address, advertised: address, controller };
    const given = options.properties;
    const properties = {
      ...kafkaProperties(addresses),
      'log.dirs': path.join(folder.path, 'data'),
      ...(typeof given === 'function' ? given(addresses) : given),
    };
    writeFileSync(propertiesFile, propertiesText(properties));
    const classPath = ['-cp', path.join(jars, '*')];
    const server = await startLocalServer({
      name: 'kafka',
      command: [
        java,
        ...['-Xmx512m', '-XX:+ExitOnOutOfMemoryError'],
        ...(options.isLongLived === true ? [] : QUICK_START),
        ...classPath,
        ...['kafka.Kafka', propertiesFile],
      ],
      // Leaves a folder that is formatted already as it is.
      prepare: [
        java,
        '-XX:TieredStopAtLevel=1', // starts sooner
        ...classPath,
        ...['kafka.tools.StorageTool', 'format', '--ignore-formatted'],
        ...['--cluster-id', CLUSTER_ID, '--config', propertiesFile],
        ...(options.scram ?? []).flatMap((user) => ['--add-scram', user]),
      ],
      stopSignal: 'SIGTERM',
      cwd: folder.path,
      logFile: path.join(folder.path, 'server.log'),
      temporaryFolder: folder.temporary ? folder.path : null,
      owner: null,
      isReady: async () => (await kafkaSilence([address])) === undefined,
      readyTimeoutMs: READY_TIMEOUT_MS,
    });
    return Object.assign(server, { brokers: [address] });
  } catch (error) {
    if (folder.temporary) rmSync(folder.path, { recursive: true, force: true });
    throw error;
  }
}
