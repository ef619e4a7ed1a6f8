import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { debeziumJars } from './services/debezium-jars.ts';
import { makeDataFolder } from './services/data-folder.ts';
import { freePorts } from './services/free-port.ts';
import { javaCommand } from './services/java.ts';
import { kafkaJars } from './services/kafka-jars.ts';
import { propertiesText } from './services/kafka-properties.ts';
import { startLocalServer } from './services/local-server.ts';
import type { LocalServer } from './services/local-server.ts';

export interface DebeziumConnectorOptions {
  readonly databaseUrl: string;
  readonly kafkaBrokers: readonly string[];
  /** `topic.prefix`; also the name of slot and publication. */
  readonly prefix: string;
  /** Properties of the connector beside or instead of the usual ones. */
  readonly connector?: Readonly<Record<string, string>>;
  /** Whether records stand in an envelope beside their schema. */
  readonly schemas?: boolean;
  /** How often it remembers what it has sent: what it sent since is sent again when it was killed. */
  readonly offsetFlushMs?: number;
}

const READY_TIMEOUT_MS = 90_000;

/** Debezium's connector for Postgres in a Kafka Connect of its own, which a test may kill and start again. */
export async function startDebezium(options: DebeziumConnectorOptions): Promise<LocalServer> {
  const say = (line: string): void => console.error(line);
  const [java, kafka, debezium] = await Promise.all([javaCommand(), kafkaJars(say), debeziumJars(say)]);
  const folder = makeDataFolder({ name: 'debezium', owner: null });
  const [port] = (await freePorts(1)) as [number];
  const file = (name: string, properties: Record<string, string>): string => {
    const at = path.join(folder.path, name);
    writeFileSync(at, propertiesText(properties));
    return at;
  };
  const plugins = path.join(folder.path, 'plugins');
  mkdirSync(plugins);
  symlinkSync(debezium, path.join(plugins, 'debezium'));
  const json = 'org.apache.kafka.connect.json.JsonConverter';
  const worker = file('worker.properties', {
    'bootstrap.servers': options.kafkaBrokers.join(','),
    'key.converter': json,
    'value.converter': json,
    'key.converter.schemas.enable': String(options.schemas ?? false),
    'value.converter.schemas.enable': String(options.schemas ?? false),
    'offset.storage.file.filename': path.join(folder.path, 'offsets'),
    'offset.flush.interval.ms': String(options.offsetFlushMs ?? 500),
    'plugin.path': plugins,
    'plugin.discovery': 'service_load',
    listeners: `http://127.0.0.1:${port}`,
  });
  return startLocalServer({
    name: 'debezium',
    command: [
      java,
      ...['-Xmx256m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'],
      '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
      ...['-cp', path.join(kafka, '*'), 'org.apache.kafka.connect.cli.ConnectStandalone'],
      ...[worker, file('connector.properties', connectorProperties(options))],
    ],
    stopSignal: 'SIGTERM',
    cwd: folder.path,
    logFile: path.join(folder.path, 'connect.log'),
    temporaryFolder: folder.path,
    owner: null,
    isReady: () => isRunning(`http://127.0.0.1:${port}/connectors/${options.prefix}/status`),
    readyTimeoutMs: READY_TIMEOUT_MS,
  });
}

function connectorProperties(options: DebeziumConnectorOptions): Record<string, string> {
  const { hostname, port, username, password, pathname } = new URL(options.databaseUrl);
  return {
    name: options.prefix,
    'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
    'database.hostname': hostname,
    'database.port': port,
    'database.user': decodeURIComponent(username),
    'database.password': decodeURIComponent(password),
    'database.dbname': pathname.slice(1),
    'topic.prefix': options.prefix,
    'plugin.name': 'pgoutput',
    'slot.name': options.prefix,
    'publication.name': options.prefix,
    'publication.autocreate.mode': 'filtered',
    'table.include.list': 'public.files',
    'heartbeat.interval.ms': '300',
    'status.update.interval.ms': '500',
    'topic.creation.default.replication.factor': '1',
    'topic.creation.default.partitions': '1',
    ...options.connector,
  };
}

/** @throws Error with the connector's own words when its task has failed. */
async function isRunning(statusUrl: string): Promise<boolean> {
  const answer = await fetch(statusUrl).catch(() => undefined);
  // 404 in HTML and then in JSON while the worker begins.
  if (answer?.ok !== true) return false;
  const { tasks } = (await answer.json()) as { tasks: readonly { state: string; trace?: string }[] };
  const failed = tasks.find(({ state }) => state === 'FAILED');
  if (failed !== undefined) throw new Error(`the connector failed: ${failed.trace}`);
  return tasks.some(({ state }) => state === 'RUNNING');
}
