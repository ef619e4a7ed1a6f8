import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Kafka } from 'kafkajs';
import pg from 'pg';
import { Events } from '../../src/base/event-map.ts';
import type { Stage } from '../../src/base/stage.ts';
import { DEFAULT_CAPTURE_LIMITS } from '../../src/capture/capture-limits.ts';
import type { CaptureLimits } from '../../src/capture/capture-limits.ts';
import type { CaptureLog } from '../../src/capture/capture-log.ts';
import { createCapture } from '../../src/capture/capture.ts';
import { DEFAULT_MARK_OPTIONS } from '../../src/capture/mark-emitter.ts';
import type { MarkOptions } from '../../src/capture/mark-emitter.ts';
import { createPublication, createSlot } from '../../src/capture/setup.ts';
import { readWalEnd } from '../../src/capture/slot.ts';
import { createKafkaClient } from '../../src/log/kafka-client.ts';
import { ensureTopics } from '../../src/log/topics.ts';
import { TransactionalWriter } from '../../src/log/transactional-writer.ts';
import type { Lsn } from '../../src/model/lsn.ts';
import { micros } from '../../src/model/micros.ts';
import type { Micros } from '../../src/model/micros.ts';
import { LogReader } from './log-reader.ts';

/** Everything that one capture needs, in plain JSON: the child process of a kill test gets it as an argument. */
export interface CaptureSetup {
  readonly postgresUrl: string;
  readonly kafkaBrokers: readonly string[];
  readonly name: string;
  readonly slot: string;
  readonly publication: string;
  /** Names of tables in schema `public`. */
  readonly tables: readonly string[];
  readonly archivedUntil: Micros | null;
  readonly limits?: Partial<CaptureLimits>;
  readonly marks?: Partial<MarkOptions>;
}

const COLUMNS = {
  uid: 'uid',
  createdAt: 'created_at',
  fileLocation: 'file_location',
  sizeBytes: 'size_bytes',
};

export interface StartedCapture {
  readonly stage: Stage;
  readonly events: Events;
  /** Settles when the capture ends. */
  readonly ended: Promise<void>;
}

/** Starts a capture in this process. @param around what the test does instead of some of the log's methods. */
export function startCapture(
  setup: CaptureSetup,
  around: (log: CaptureLog) => Partial<CaptureLog> = () => ({}),
) {
  const events = new Events();
  const kafka = createKafkaClient({ brokers: setup.kafkaBrokers, clientId: setup.name, events });
  const tables = setup.tables.map((name) => ({
    schema: 'public',
    name,
    columns: COLUMNS,
    createdAtZone: null,
    archivedUntil: () => Promise.resolve(setup.archivedUntil),
  }));
  const log = new TransactionalWriter({
    kafka,
    name: setup.name,
    tables: tables.map(({ schema, name }) => `${schema}.${name}`),
  });
  const stage = createCapture({
    ...setup,
    tables,
    log: {
      open: () => log.open(),
      countAnew: () => log.countAnew(),
      write: (batch) => log.write(batch),
      close: () => log.close(),
      ...around(log),
    },
    events,
    limits: { ...DEFAULT_CAPTURE_LIMITS, ...setup.limits },
    marks: { ...DEFAULT_MARK_OPTIONS, intervalMs: 100, ...setup.marks },
  });
  const ended = stage.run();
  ended.catch(() => undefined);
  return { stage, events, ended } satisfies StartedCapture;
}

/** A database, a slot, a publication and topics of a test's own. */
export class CaptureRig {
  readonly setup: CaptureSetup;
  readonly kafka: Kafka;
  sql: pg.Client;
  readonly reader: LogReader;
  readonly partitions: number;
  readonly #superUrl: string;

  private constructor(parts: {
    setup: CaptureSetup;
    kafka: Kafka;
    sql: pg.Client;
    reader: LogReader;
    partitions: number;
    superUrl: string;
  }) {
    this.setup = parts.setup;
    this.kafka = parts.kafka;
    this.sql = parts.sql;
    this.reader = parts.reader;
    this.partitions = parts.partitions;
    this.#superUrl = parts.superUrl;
  }

  /**
   * @param options.ddl SQL that makes the tables; by default one table `files`.
   * @param options.before SQL that runs before the slot is made.
   */
  static async create(options: {
    services: { postgresUrl: string; kafkaBrokers: string[] };
    tables?: readonly string[];
    ddl?: string;
    before?: string;
    partitions?: number;
    limits?: Partial<CaptureLimits>;
    marks?: Partial<MarkOptions>;
  }): Promise<CaptureRig> {
    const { services, tables = ['files'], partitions = 3 } = options;
    const id = `cap_${randomUUID().slice(0, 8)}`;
    await withClient(services.postgresUrl, (client) => client.query(`CREATE DATABASE ${id}`));
    const url = new URL(services.postgresUrl);
    url.pathname = `/${id}`;
    const setup: CaptureSetup = {
      postgresUrl: url.href,
      kafkaBrokers: services.kafkaBrokers,
      name: id,
      slot: id,
      publication: id,
      tables,
      archivedUntil: null,
      limits: options.limits ?? {},
      marks: options.marks ?? {},
    };
    const sql = await connectSql(url.href);
    await sql.query(options.ddl ?? tables.map(filesTable).join(';'));
    if (options.before !== undefined) await sql.query(options.before);
    const refs = tables.map((name) => ({ schema: 'public', name, columns: COLUMNS }));
    await createPublication({ ...setup, tables: refs });
    await createSlot({ ...setup, tables: refs });
    const kafka = createKafkaClient({ brokers: setup.kafkaBrokers, clientId: id, events: new Events() });
    const topics = tables.map((table) => `${id}.public.${table}`);
    const plan = { replicationFactor: 1, retentionMs: 86_400_000 };
    await ensureTopics(kafka, [
      ...topics.map((topic) => ({ ...plan, topic, partitions })),
      { ...plan, topic: `${id}.shards`, partitions: 1 },
    ]);
    const reader = await LogReader.start(kafka, new Map(topics.map((topic) => [topic, partitions])));
    return new CaptureRig({ setup, kafka, sql, reader, partitions, superUrl: services.postgresUrl });
  }

  /** After the server was away. */
  async reconnect(): Promise<void> {
    await this.sql.end();
    this.sql = await connectSql(this.setup.postgresUrl);
  }

  topic(table = 'files'): string {
    return `${this.setup.name}.public.${table}`;
  }

  /** Inserts rows whose created_at is the default, `now()`. */
  async insert(uids: readonly string[], table = 'files'): Promise<void> {
    await this.sql.query(
      `INSERT INTO ${table} (uid, file_location) SELECT u, '/data/' || u FROM unnest($1::text[]) u`,
      [uids],
    );
  }

  /** The server's clock. */
  async now(): Promise<Micros> {
    const found = await this.sql.query<{ now: string }>(
      `SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint::text AS now`,
    );
    return micros(Number(found.rows[0]!.now));
  }

  /** Up to where WAL is on the server's disk. */
  walEnd(): Promise<Lsn> {
    return readWalEnd(this.sql);
  }

  /** Reads the log until it is sure to hold everything that was committed before this call. */
  async readAll(): Promise<void> {
    await this.reader.untilMarked(await this.now());
  }

  async close(): Promise<void> {
    await this.reader.close();
    await this.sql.end();
    const database = new URL(this.setup.postgresUrl).pathname.slice(1);
    // A slot belongs to its database and goes first. Captures have been stopped or killed by now, but the server
    // notices the death of a reader only when it next writes to it.
    await withClient(this.setup.postgresUrl, async (client) => {
      await client.query(
        `SELECT pg_terminate_backend(active_pid, 60000) FROM pg_replication_slots
         WHERE slot_name = $1 AND active_pid IS NOT NULL`,
        [this.setup.slot],
      );
      await client.query('SELECT pg_drop_replication_slot($1)', [this.setup.slot]);
    });
    await withClient(this.#superUrl, (client) => client.query(`DROP DATABASE ${database} WITH (FORCE)`));
  }
}

async function connectSql(connectionString: string): Promise<pg.Client> {
  const sql = new pg.Client({ connectionString });
  // Of a server that a test takes away; whoever uses the connection next is told.
  sql.on('error', () => undefined);
  await sql.connect();
  return sql;
}

function filesTable(name: string): string {
  return `CREATE TABLE ${name} (
    uid text PRIMARY KEY,
    created_at timestamptz DEFAULT now(),
    file_location text,
    size_bytes bigint
  )`;
}

/** Starts a capture in a process of its own, which can then be killed or stopped. */
export function spawnCapture(setup: CaptureSetup, failpoints = ''): ChildProcess {
  const script = new URL('./capture-child.ts', import.meta.url).pathname;
  return spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(setup)], {
    env: { ...process.env, TIDEMARK_FAILPOINTS: failpoints },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** The signal by which a child ended, or its exit code. */
export async function endOf(child: ChildProcess): Promise<NodeJS.Signals | number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.signalCode ?? child.exitCode;
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
