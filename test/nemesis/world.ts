import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { stringify } from 'yaml';
import { builtCli } from '../support/built-cli.ts';
import { startLocalKafka } from '../support/services/local-kafka.ts';
import type { LocalKafka } from '../support/services/local-kafka.ts';
import { startLocalPostgres } from '../support/services/local-postgres.ts';
import type { LocalPostgres } from '../support/services/local-postgres.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { Member } from './member.ts';
import type { Ending } from './member.ts';
import { SinkBucket } from './sink-bucket.ts';
import { SinkFolder } from './sink-folder.ts';

/** Small, so that minutes hold hundreds of windows. */
export const WINDOW_MICROS = 2_000_000;
export const PARTITIONS = 4;
/** Silence after which the group gives partitions to others; faults that outlast it are the interesting ones. */
export const SESSION_TIMEOUT_MS = 3_000;
/** The same for the slot: the server gives it to the standby after that. */
export const WAL_SENDER_TIMEOUT_MS = 6_000;

/** A message that somebody else put into the topic. */
export interface PoisonedOffset {
  readonly partition: number;
  readonly offset: number;
}

/** Everything that a fault can break, with handles on it. */
export interface World {
  readonly name: string;
  readonly folder: string;
  readonly sourceFolder: string;
  /** Plain folder unless `sink` is mounted, or it is the bucket's. */
  readonly sinkPath: string;
  /** Null when no fault wants it full or read-only. */
  readonly sink: SinkFolder | null;
  /** Null when the sink is a folder. */
  readonly bucket: SinkBucket | null;
  readonly configPath: string;
  /** Path of the built command line. */
  readonly cli: string;
  readonly postgres: LocalPostgres;
  readonly kafka: LocalKafka;
  /** Between Tidemark and Postgres. */
  readonly proxy: TcpProxy;
  readonly captures: readonly Member[];
  readonly archives: readonly Member[];
  /** An archiver that is down until a fault invites it. */
  readonly guest: Member;
  readonly endings: readonly Ending[];
  /** What the poison fault has sent so far. */
  readonly poisoned: PoisonedOffset[];
  /** A further process, down until it is started. */
  addMember(options: { name: string; command: string; configPath?: string }): Member;
  /** @param retries 8 unless said otherwise: about five seconds of patience with a broker that is away. */
  kafkaClient(retries?: number): Kafka;
  /** Writes another configuration file, for the same name with another sink. */
  writeConfig(options: { fileName: string; sinkPath: string }): Promise<string>;
  /** Ends every process and server, leaves the folder. */
  close(): Promise<void>;
}

/** Starts the servers; the members are down. */
export async function openWorld(options: {
  readonly mountsSink: boolean;
  readonly isBucket: boolean;
  readonly onEnding: (ending: Ending) => void;
  readonly say: (line: string) => void;
}): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-nemesis-'));
  // Postgres runs as another user when we are root, and must get through to its own folder.
  await chmod(folder, 0o755);
  const [sinkPath, sourceFolder, servers] = ['sink', 'source', 'servers'].map((part) => join(folder, part));
  for (const path of [sinkPath!, sourceFolder!, servers!]) await mkdir(path);
  const ends: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    const sink = options.mountsSink ? await SinkFolder.mount(sinkPath!) : null;
    if (sink !== null) ends.push(() => sink.unmount());
    const bucket = options.isBucket ? await SinkBucket.open({ folder: servers!, say: options.say }) : null;
    if (bucket !== null) ends.push(() => bucket.close());
    const postgres = await startLocalPostgres({
      dataDir: servers,
      settings: { wal_sender_timeout: `${WAL_SENDER_TIMEOUT_MS}ms` },
    });
    ends.push(() => postgres.stop());
    const kafka = await startLocalKafka({
      dataDir: servers,
      properties: BROKER_PROPERTIES,
      onProgress: options.say,
    });
    ends.push(() => kafka.stop());
    const proxy = await TcpProxy.start(postgres.url);
    ends.push(() => proxy.close());
    const parts = {
      ...{ folder, sourceFolder: sourceFolder!, sinkPath: bucket?.path ?? sinkPath!, sink, bucket },
      ...{ postgres, kafka, proxy },
    };
    return await withMembers({ ...parts, onEnding: options.onEnding, ends, close });
  } catch (error) {
    await close();
    throw error;
  }
}

type Parts = Pick<
  World,
  'folder' | 'sourceFolder' | 'sinkPath' | 'sink' | 'bucket' | 'postgres' | 'kafka' | 'proxy' | 'close'
> & { readonly onEnding: (ending: Ending) => void; readonly ends: (() => Promise<unknown>)[] };

/**
 * A broker that becomes leader a second time while it still loads the offsets of groups serves older ones than it has
 * acknowledged (decision 0031). So its session is longer than any pause that we make, and what it has to load is kept
 * small: compacted in pieces of 1 MiB instead of 100.
 */
const BROKER_PROPERTIES = {
  'broker.session.timeout.ms': '15000',
  'offsets.topic.segment.bytes': '1048576',
  'log.cleaner.backoff.ms': '1000',
};

const NAME = 'nemesis';

async function withMembers({ onEnding, ends, ...parts }: Parts): Promise<World> {
  const { folder, kafka, postgres, proxy, sourceFolder } = parts;
  const endings: Ending[] = [];
  // Once: a source file that is edited during a run changes nothing.
  const cli = builtCli();
  const write = async (fileName: string, sinkUrl: string): Promise<string> => {
    const path = join(folder, fileName);
    const url = proxy.urlOf(postgres.url);
    await writeFile(path, stringify(configOf({ url, brokers: kafka.brokers, sinkUrl, sourceFolder })));
    return path;
  };
  const writeConfig: World['writeConfig'] = ({ fileName, sinkPath }) => write(fileName, `file://${sinkPath}`);
  const configPath = await write('tidemark.yaml', parts.bucket?.url ?? `file://${parts.sinkPath}`);
  const addMember: World['addMember'] = ({ name, command, configPath: other }) => {
    const member = new Member({
      ...{ name, cli, command },
      configPath: other ?? configPath,
      logPath: join(folder, `${name}.log`),
      onEnding: (ending) => {
        endings.push(ending);
        onEnding(ending);
      },
    });
    ends.push(() => member.end());
    return member;
  };
  return {
    ...parts,
    name: NAME,
    configPath,
    cli,
    captures: [1, 2].map((n) => addMember({ name: `capture-${n}`, command: 'capture' })),
    archives: [1, 2, 3].map((n) => addMember({ name: `archive-${n}`, command: 'archive' })),
    guest: addMember({ name: 'archive-guest', command: 'archive' }),
    endings,
    poisoned: [],
    addMember,
    kafkaClient: (retries = 8) =>
      new Kafka({
        clientId: 'nemesis',
        brokers: [...kafka.brokers],
        connectionTimeout: 2_000,
        requestTimeout: 5_000,
        retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries },
        logLevel: logLevel.NOTHING,
      }),
    writeConfig,
  };
}

function configOf(options: {
  url: string;
  brokers: readonly string[];
  sinkUrl: string;
  sourceFolder: string;
}): object {
  return {
    name: NAME,
    postgres: { url: options.url },
    kafka: { brokers: options.brokers },
    sink: { url: options.sinkUrl },
    marks: { interval: '250ms' },
    capture: { snapshotPageRowsMax: 200 },
    archive: { sessionTimeout: `${SESSION_TIMEOUT_MS}ms`, rebalanceTimeout: '10s', workers: 1 },
    serve: { port: 0 },
    tables: [
      {
        name: 'public.files',
        window: { size: `${WINDOW_MICROS}us` },
        lag: '3s',
        lateness: '1s',
        partitions: PARTITIONS,
        source: { roots: [options.sourceFolder] },
      },
    ],
  };
}
