import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';

export interface StandOptions {
  readonly postgresUrl: string;
  readonly kafkaBrokers: readonly string[];
  readonly windowSize: string;
  readonly lag: string;
  readonly lateness: string;
  /** Where archiving begins, ISO text; default: with the oldest row, or now. */
  readonly from?: string;
}

/** A database, topics and a configuration of their own for one measurement. */
export interface Stand {
  readonly name: string;
  readonly folder: string;
  readonly databaseUrl: string;
  readonly kafka: Kafka;
  readonly topic: string;
  close(): Promise<void>;
}

export const TABLE = 'public.events';
export const PARTITIONS = 4;

const TIDEMARK = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** @returns a stand on which `tidemark init` has run; its table is empty. */
export async function openStand(options: StandOptions): Promise<Stand> {
  const name = `bench_${process.pid}_${Date.now().toString(36)}`;
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
  const databaseUrl = await createDatabase(options.postgresUrl, name);
  const kafka = new Kafka({ brokers: [...options.kafkaBrokers], logLevel: logLevel.ERROR });
  const stand: Stand = {
    name,
    folder,
    databaseUrl,
    kafka,
    topic: `${name}.${TABLE}`,
    close: async () => {
      await deleteTopics(kafka, `${name}.`);
      await dropDatabase(options.postgresUrl, name);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  writeFileSync(join(folder, 'tidemark.yaml'), configuration({ name, folder, databaseUrl, options }));
  const from = options.from === undefined ? [] : ['--from', options.from];
  try {
    await promisify(execFile)(process.execPath, [TIDEMARK, 'init', ...from], { cwd: folder });
  } catch (error) {
    await stand.close();
    throw error;
  }
  return stand;
}

function configuration(parts: {
  name: string;
  folder: string;
  databaseUrl: string;
  options: StandOptions;
}): string {
  const { name, folder, databaseUrl, options } = parts;
  return `name: ${name}
postgres: { url: ${JSON.stringify(databaseUrl)} }
kafka: { brokers: ${JSON.stringify(options.kafkaBrokers)} }
sink: { url: ${JSON.stringify(`file://${folder}/archive`)} }
tables:
  - name: ${TABLE}
    payload: row
    window: { size: ${options.windowSize} }
    lag: ${options.lag}
    lateness: ${options.lateness}
    partitions: ${PARTITIONS}
archive: { sessionTimeout: 6s }
serve: { port: 0 }
`;
}

async function createDatabase(adminUrl: string, name: string): Promise<string> {
  await execute(adminUrl, [`CREATE DATABASE ${name}`]);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  await execute(url.href, [
    `CREATE TABLE events (
       uid text PRIMARY KEY,
       created_at timestamptz NOT NULL DEFAULT now(),
       kind text NOT NULL,
       amount bigint NOT NULL,
       note text NOT NULL
     )`,
  ]);
  return url.href;
}

async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  await execute(adminUrl, [
    `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = '${name}' AND NOT active`,
    `DROP DATABASE ${name} WITH (FORCE)`,
  ]);
}

/** Removes the topics whose names begin so. */
export async function deleteTopics(kafka: Kafka, prefix: string): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefix));
    if (topics.length > 0) await admin.deleteTopics({ topics });
  } finally {
    await admin.disconnect();
  }
}

/** Runs statements on a connection of their own. */
export async function execute(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
