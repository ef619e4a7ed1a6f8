import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { onTestFailed, TestRunner } from 'vitest';

import { stringify } from 'yaml';
import { builtCli } from './built-cli.ts';
import { EventFollower } from './event-follower.ts';
import { freshDatabase, uniqueName } from './services/fresh.ts';
import { services } from './services/services.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface InstallationOptions {
  readonly payload?: 'file' | 'row';
  readonly windowSize?: string;
  readonly lag?: string;
  readonly lateness?: string;
  readonly partitions?: number;
  /** Beside the folder of its source files. */
  readonly moreRoots?: readonly string[];
  /** A Postgres of the test's own; default: that of `services()`. */
  readonly postgresUrl?: string;
  /** SQL that makes the table `files` instead of the usual one. */
  readonly ddl?: string;
  /** Further top-level keys of the configuration. */
  readonly config?: Record<string, unknown>;
  /** Further keys of the table's configuration. */
  readonly table?: Record<string, unknown>;
  /** Brokers of the test's own, instead of the shared ones. */
  readonly kafkaBrokers?: readonly string[];
  /** Further keys of the `kafka` section. */
  readonly kafka?: Record<string, unknown>;
  /** Configuration of further tables; the test makes the tables themselves. */
  readonly moreTables?: readonly Record<string, unknown>[];
}

/** One finished command. */
export interface CommandResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A database, a folder of source files, a sink and a tidemark.yaml of their own, used through the command line as a
 * user would. Everything is removed by {@link drop}.
 */
export class Installation {
  readonly name: string;
  readonly folder: string;
  readonly configPath: string;
  readonly sinkFolder: string;
  readonly sourceFolder: string;
  database: Client;
  readonly databaseUrl: string;
  readonly kafkaBrokers: readonly string[];
  readonly #dropDatabase: () => Promise<void>;
  readonly #children = new Set<ChildProcess>();
  readonly #logs = new WeakMap<ChildProcess, Buffer[]>();

  private constructor(parts: {
    name: string;
    folder: string;
    database: Client;
    databaseUrl: string;
    kafkaBrokers: readonly string[];
    dropDatabase: () => Promise<void>;
  }) {
    this.name = parts.name;
    this.folder = parts.folder;
    this.database = parts.database;
    this.databaseUrl = parts.databaseUrl;
    this.kafkaBrokers = parts.kafkaBrokers;
    this.#dropDatabase = parts.dropDatabase;
    this.configPath = join(parts.folder, 'tidemark.yaml');
    this.sinkFolder = join(parts.folder, 'archive');
    this.sourceFolder = join(parts.folder, 'source');
  }

  static async create(options: InstallationOptions = {}): Promise<Installation> {
    const kafkaBrokers = [...(options.kafkaBrokers ?? (await services()).kafkaBrokers)];
    const fresh = await freshDatabase(options.postgresUrl);
    const { url } = fresh;
    const folder = await mkdtemp(join(tmpdir(), 'tidemark-test-'));
    const database = await connectTo(url);
    const made = new Installation({
      name: uniqueName('t'),
      folder,
      database,
      databaseUrl: url,
      kafkaBrokers,
      dropDatabase: () => fresh.drop(),
    });
    await mkdir(made.sinkFolder);
    await mkdir(made.sourceFolder);
    await database.query(options.ddl ?? FILES);
    await database.query('CREATE INDEX ON files (created_at)');
    await writeFile(made.configPath, stringify(made.#config({ url, kafkaBrokers, options })));
    return made;
  }

  /** Follows its events, or its rejects, from the first one on. @param options `table` keeps those of one table. */
  follow(
    options: { readonly topic?: 'shards' | 'rejects'; readonly table?: string } = {},
  ): Promise<EventFollower> {
    const { topic = 'shards', ...rest } = options;
    return EventFollower.follow({ brokers: this.kafkaBrokers, topic: `${this.name}.${topic}`, ...rest });
  }

  /** After the server was away. */
  async reconnect(): Promise<void> {
    await this.database.end();
    this.database = await connectTo(this.databaseUrl);
  }

  /** Runs a command to its end. */
  async run(args: readonly string[], env: Record<string, string> = {}): Promise<CommandResult> {
    const child = this.start(args, env);
    const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
    const [status] = (await once(child, 'close')) as [number | null];
    return { status, stdout: stdout(), stderr: stderr() };
  }

  /** Runs a command that must succeed. */
  async succeed(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
    const { status, stdout, stderr } = await this.run(args, env);
    if (status !== 0)
      throw new Error(`tidemark ${args.join(' ')} ended with ${status}\n${stdout}\n${stderr}`);
    return stdout;
  }

  /** Starts a long-running command; it is killed by {@link drop} at the latest. */
  start(
    args: readonly string[],
    env: Record<string, string> = {},
  ): ChildProcess & { stdout: NodeJS.ReadableStream; stderr: NodeJS.ReadableStream } {
    const config = args.includes('--config') ? [] : ['--config', this.configPath];
    const child = spawn(process.execPath, [builtCli(), ...args, ...config], {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const logs: Buffer[] = [];
    this.#logs.set(child, logs);
    child.stderr.on('data', (chunk: Buffer) => logs.push(chunk));
    // A process that serves a whole file of tests is started by none of them.
    if (TestRunner.getCurrentTest() !== undefined)
      onTestFailed(() => console.error(`tidemark ${args.join(' ')}:\n${this.logOf(child)}`));
    this.#children.add(child);
    child.once('close', () => this.#children.delete(child));
    return child;
  }

  /** What a command has written to standard error, for the message of a failed assertion. */
  logOf(child: ChildProcess): string {
    return Buffer.concat(this.#logs.get(child) ?? []).toString();
  }

  /** Writes source files and inserts their rows in one statement, all stamped by `now()` unless told otherwise. */
  async insertFiles(count: number, options: { prefix?: string; createdAt?: string } = {}): Promise<string[]> {
    const prefix = options.prefix ?? uniqueName('f');
    const uids = Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
    for (const uid of uids) await writeFile(join(this.sourceFolder, uid), contentOf(uid));
    await this.database.query(
      `INSERT INTO files (uid, created_at, file_location, size_bytes)
       SELECT uid, ${options.createdAt ?? 'now()'}, $2 || '/' || uid, size FROM unnest($1::text[], $3::bigint[]) AS f (uid, size)`,
      [uids, this.sourceFolder, uids.map((uid) => Buffer.byteLength(contentOf(uid)))],
    );
    return uids;
  }

  /** Names of the shards on the sink, sorted. */
  async shards(): Promise<string[]> {
    const names = await readdir(this.sinkFolder, { recursive: true });
    return names.filter((name) => name.endsWith('.tar.zst')).sort();
  }

  /** The server's clock, ISO with microseconds. */
  async serverTime(): Promise<string> {
    const { rows } = await this.database.query<{ t: string }>(
      `SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS t`,
    );
    return rows[0]!.t;
  }

  async archivedUntil(): Promise<string> {
    const { rows } = await this.database.query<{ t: string }>(
      'SELECT archived_until::text AS t FROM des_archive_config',
    );
    return rows[0]!.t;
  }

  readSink(name: string): Promise<Buffer> {
    return readFile(join(this.sinkFolder, name));
  }

  async drop(): Promise<void> {
    for (const child of this.#children) {
      child.kill('SIGKILL');
      await once(child, 'close');
    }
    // The server notices the death of a reader when it next writes to it.
    await this.database.query(
      `SELECT pg_terminate_backend(active_pid, 60000) FROM pg_replication_slots
       WHERE database = current_database() AND active_pid IS NOT NULL`,
    );
    await this.database.query(
      `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = current_database()`,
    );
    await this.database.end();
    await this.#dropDatabase();
    await rm(this.folder, { recursive: true, force: true });
  }

  #config(parts: { url: string; kafkaBrokers: string[]; options: InstallationOptions }): object {
    const { url, kafkaBrokers, options } = parts;
    return {
      name: this.name,
      postgres: { url },
      kafka: { brokers: kafkaBrokers, ...options.kafka },
      sink: { url: `file://${this.sinkFolder}` },
      marks: { interval: '200ms' },
      archive: { sessionTimeout: '2s', rebalanceTimeout: '10s', workers: 1 },
      serve: { port: 0 },
      tables: [
        {
          name: 'public.files',
          payload: options.payload ?? 'file',
          window: { size: options.windowSize ?? '1s' },
          lag: options.lag ?? '1s',
          lateness: options.lateness ?? '500ms',
          partitions: options.partitions ?? 2,
          ...(options.payload === 'row'
            ? {}
            : { source: { roots: [this.sourceFolder, ...(options.moreRoots ?? [])] } }),
          ...options.table,
        },
        ...(options.moreTables ?? []),
      ],
      ...options.config,
    };
  }
}

const FILES = `CREATE TABLE files (
  uid varchar(255) PRIMARY KEY, created_at timestamptz NOT NULL DEFAULT now(),
  file_location text NOT NULL, size_bytes bigint)`;

async function connectTo(connectionString: string): Promise<Client> {
  const client = new Client({ connectionString });
  // Of a server that a test takes away; whoever uses the connection next is told.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** The content of a test file follows from its uid. */
export function contentOf(uid: string): string {
  return `content of ${uid}\n`.repeat(1 + (uid.length % 7));
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}
