import type pg from 'pg';
import { sumByKind } from './statement-kinds.ts';
import type { StatementCosts, StatementStats } from './statement-kinds.ts';

/** WAL by the kind of its records, as pg_walinspect reads it back. */
export interface WalRecords {
  /** Such as `Heap/UPDATE`, `XLOG/FPI_FOR_HINT`. */
  readonly kind: string;
  readonly count: number;
  readonly bytes: number;
  /** The part of `bytes` that is whole pages. */
  readonly pageImageBytes: number;
}

export interface PostgresCost {
  /** Everything that the server logged, by the difference of two positions. */
  readonly walBytes: number;
  readonly statements: StatementCosts;
  /** Commits, checkpoints, autovacuum, the server's own entries: `walBytes` less what the statements wrote. */
  readonly walOutsideStatementsBytes: number;
  readonly walRecords: readonly WalRecords[];
  /** Time in reading, writing and syncing of all processes of the server. */
  readonly postgresIoMs: number;
  readonly tableBytesBefore: number;
  readonly tableBytesAfter: number;
  readonly indexBytesBefore: number;
  readonly indexBytesAfter: number;
  readonly deadRows: number;
  /** Bytes of the table that dead rows hold, and those that are free for new ones. */
  readonly deadBytes: number;
  readonly freeBytes: number;
  readonly autovacuums: number;
}

export interface PostgresMeter {
  stop(): Promise<PostgresCost>;
}

interface Sizes {
  readonly table: number;
  readonly indexes: number;
}

/** Takes a checkpoint, so that every run begins with the same pages to log whole, and sets the counters to nought. */
export async function startPostgresMeter(client: pg.Client): Promise<PostgresMeter> {
  await client.query('CHECKPOINT');
  await client.query('SELECT pg_stat_statements_reset()');
  await client.query(`SELECT pg_stat_reset_shared('io')`);
  const before = await readSizes(client);
  const start = await readPosition(client);
  return {
    stop: async () => {
      const end = await readPosition(client);
      const statements = sumByKind(await readStatements(client));
      const walBytes = await one<number>(client, 'SELECT ($2::pg_lsn - $1::pg_lsn)::float8', [start, end]);
      const inStatements = Object.values(statements).reduce((sum, cost) => sum + cost.walBytes, 0);
      const after = await readSizes(client);
      return {
        walBytes,
        statements,
        walOutsideStatementsBytes: Math.max(0, walBytes - inStatements),
        walRecords: await readWalRecords(client, start, end),
        postgresIoMs: await one<number>(client, IO_MS),
        tableBytesBefore: before.table,
        tableBytesAfter: after.table,
        indexBytesBefore: before.indexes,
        indexBytesAfter: after.indexes,
        ...(await readDead(client)),
        autovacuums: await one<number>(client, AUTOVACUUMS),
      };
    },
  };
}

const IO_MS = `
  SELECT sum(coalesce(read_time, 0) + coalesce(write_time, 0) + coalesce(writeback_time, 0)
             + coalesce(extend_time, 0) + coalesce(fsync_time, 0))::float8 FROM pg_stat_io`;
const AUTOVACUUMS = `SELECT autovacuum_count::int FROM pg_stat_user_tables WHERE relname = 'files'`;

/** Where the next record goes; pg_current_wal_lsn would leave out what is not written yet. */
function readPosition(client: pg.Client): Promise<string> {
  return one<string>(client, 'SELECT pg_current_wal_insert_lsn()::text');
}

async function readStatements(client: pg.Client): Promise<StatementStats[]> {
  const { rows } = await client.query<StatementStats>(
    `SELECT query, calls::float8, total_exec_time AS ms, rows::float8,
            wal_bytes::float8 AS "walBytes", wal_fpi::float8 AS "walPageImages"
     FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  return rows;
}

async function readWalRecords(client: pg.Client, start: string, end: string): Promise<WalRecords[]> {
  if (start === end) return [];
  const { rows } = await client.query<WalRecords>(
    `SELECT "resource_manager/record_type" AS kind, count::float8, combined_size::float8 AS bytes,
            fpi_size::float8 AS "pageImageBytes"
     FROM pg_get_wal_stats($1, $2, true) WHERE count > 0 ORDER BY combined_size DESC`,
    [start, end],
  );
  return rows;
}

async function readSizes(client: pg.Client): Promise<Sizes> {
  const { rows } = await client.query<Sizes>(
    `SELECT pg_relation_size('files')::float8 AS table, pg_indexes_size('files')::float8 AS indexes`,
  );
  return rows[0]!;
}

async function readDead(client: pg.Client) {
  const { rows } = await client.query<Pick<PostgresCost, 'deadRows' | 'deadBytes' | 'freeBytes'>>(
    `SELECT dead_tuple_count::float8 AS "deadRows", dead_tuple_len::float8 AS "deadBytes",
            free_space::float8 AS "freeBytes" FROM pgstattuple('files')`,
  );
  return rows[0]!;
}

async function one<T>(client: pg.Client, text: string, values: readonly unknown[] = []): Promise<T> {
  const { rows } = await client.query<T[]>({ text, values: [...values], rowMode: 'array' });
  return rows[0]![0]!;
}
