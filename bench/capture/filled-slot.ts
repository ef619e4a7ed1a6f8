import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { Events } from '../../src/base/event-map.ts';
import { createPublication } from '../../src/capture/setup.ts';
import { createKafkaClient } from '../../src/log/kafka-client.ts';
import { ensureTopics } from '../../src/log/topics.ts';

export interface FilledSlotOptions {
  readonly postgresUrl: string;
  readonly kafkaBrokers: readonly string[];
  readonly partitions: number;
}

/** A database with a table, a publication and two slots that hold the same changes. */
export interface FilledSlot {
  readonly url: string;
  /** Prefix of the topics; name of the publication. */
  readonly name: string;
  /** The slot that capture reads, and the one that pg_recvlogical drains. */
  readonly slots: { readonly ours: string; readonly peer: string };
  /** Inserts rows as applications do, in transactions of `rowsPerTransaction`. */
  fill(rows: number, rowsPerTransaction: number): Promise<void>;
  /** Position behind everything written so far. */
  currentLsn(): Promise<string>;
  drop(): Promise<void>;
}

export const TABLE = { schema: 'public', name: 'files' } as const;
export const COLUMNS = {
  uid: 'uid',
  createdAt: 'created_at',
  fileLocation: 'file_location',
  sizeBytes: 'size_bytes',
} as const;

export async function createFilledSlot(options: FilledSlotOptions): Promise<FilledSlot> {
  const name = `bench_${randomUUID().slice(0, 8)}`;
  const admin = await connect(options.postgresUrl);
  await admin.query(`CREATE DATABASE ${name}`);
  const url = Object.assign(new URL(options.postgresUrl), { pathname: `/${name}` }).href;
  const client = await connect(url);
  await client.query(`CREATE TABLE files (
    uid text PRIMARY KEY, created_at timestamptz NOT NULL DEFAULT now(),
    file_location text NOT NULL, size_bytes bigint NOT NULL, archived boolean NOT NULL DEFAULT false)`);
  const slots = { ours: name, peer: `${name}_peer` };
  await createPublication({
    postgresUrl: url,
    publication: name,
    slot: name,
    tables: [{ ...TABLE, columns: COLUMNS }],
  });
  for (const slot of Object.values(slots)) {
    await client.query(`SELECT pg_create_logical_replication_slot($1, 'pgoutput')`, [slot]);
  }
  const kafka = createKafkaClient({ brokers: options.kafkaBrokers, clientId: name, events: new Events() });
  const plan = { replicationFactor: 1, retentionMs: 3_600_000 };
  const topics = [
    { ...plan, topic: `${name}.public.files`, partitions: options.partitions },
    { ...plan, topic: `${name}.shards`, partitions: 1 },
  ];
  await ensureTopics(kafka, topics);
  return {
    url,
    name,
    slots,
    fill: async (rows, rowsPerTransaction) => {
      for (let from = 0; from < rows; from += rowsPerTransaction) {
        const to = Math.min(rows, from + rowsPerTransaction);
        await client.query(
          `INSERT INTO files (uid, file_location, size_bytes)
           SELECT gen_random_uuid(), '/data/incoming/2026/11/23/file-' || i || '.bin', i % 100000
             FROM generate_series($1::int, $2::int - 1) i`,
          [from, to],
        );
      }
    },
    currentLsn: async () => {
      const found = await client.query<{ lsn: string }>('SELECT pg_current_wal_lsn()::text AS lsn');
      return found.rows[0]!.lsn;
    },
    drop: async () => {
      for (const slot of Object.values(slots))
        await client.query('SELECT pg_drop_replication_slot($1)', [slot]);
      await client.end();
      await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await admin.end();
      const cleaner = kafka.admin();
      await cleaner.connect();
      await cleaner.deleteTopics({ topics: topics.map(({ topic }) => topic) });
      await cleaner.disconnect();
    },
  };
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  return client;
}
