import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { Events } from '../../src/base/event-map.ts';
import { formatMicros } from '../../src/model/micros.ts';
import type { Micros } from '../../src/model/micros.ts';
import { openSink } from '../../src/sinks/open-sink.ts';
import { createSealer } from '../../src/sinks/sealer.ts';
import { builtCli } from '../../test/support/built-cli.ts';
import { request, sealerDefaults, WINDOW_START } from '../../test/sinks/support/seal-request.ts';
import { execute } from '../archive/stand.ts';

const MICROS_BETWEEN_ROWS = 10_000;

/** A database of its own with a table of archived rows whose column is not set yet, and the shards that hold them. */
export interface SyncStand {
  readonly url: string;
  readonly rows: number;
  /** Makes the table anew and writes a checkpoint, so that every measurement begins equal. */
  fill(): Promise<void>;
  /** Runs `tidemark sync-archived` to its end, in a process of its own. */
  sync(...args: string[]): Promise<void>;
  /** What people do without it. */
  updateAll(): Promise<void>;
  /** WAL that the server writes while something is done. */
  walBytesOf(act: () => Promise<void>): Promise<number>;
  close(): Promise<void>;
}

export async function openSyncStand(adminUrl: string, rows: number): Promise<SyncStand> {
  const name = `bench_sync_${process.pid}_${Date.now().toString(36)}`;
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
  await execute(adminUrl, [`CREATE DATABASE ${name}`]);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  const watermark = formatMicros((WINDOW_START + rows * MICROS_BETWEEN_ROWS) as Micros).replace('Z', '');
  await execute(url.href, [
    `CREATE TABLE des_archive_config (id integer PRIMARY KEY, archived_until timestamp NOT NULL, lag_days integer NOT NULL)`,
    `INSERT INTO des_archive_config VALUES (1, '${watermark}', 1)`,
  ]);
  await seal(folder, rows);
  const config = join(folder, 'tidemark.yaml');
  writeFileSync(
    config,
    `postgres: { url: ${JSON.stringify(url.href)} }
kafka: { brokers: ["127.0.0.1:1"] }
sink: { url: ${JSON.stringify(`file://${folder}/archive`)} }
tables: [{ name: public.files, payload: row }]
`,
  );
  return {
    ...{ url: url.href, rows },
    fill: () => execute(url.href, fillStatements(rows)),
    sync: async (...args) => {
      await promisify(execFile)(process.execPath, [builtCli(), 'sync-archived', '--config', config, ...args]);
    },
    updateAll: () =>
      execute(url.href, [
        `UPDATE files SET archived = true WHERE created_at <= '${watermark}+00' AND NOT archived`,
      ]),
    walBytesOf: (act) => walBytesOf(url.href, act),
    close: async () => {
      await execute(adminUrl, [`DROP DATABASE ${name} WITH (FORCE)`]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The seed's table: key, time, place, size, column, and the index on what is left. */
function fillStatements(rows: number): string[] {
  const begin = formatMicros(WINDOW_START);
  return [
    'DROP TABLE IF EXISTS files',
    `CREATE TABLE files (uid varchar(255) PRIMARY KEY, created_at timestamptz NOT NULL, file_location text NOT NULL,
       size_bytes bigint, archived boolean NOT NULL DEFAULT false)`,
    `INSERT INTO files SELECT 'file-' || lpad(n::text, 9, '0'), '${begin}'::timestamptz + n * interval '${MICROS_BETWEEN_ROWS} microseconds',
       '/data/' || n, 0 FROM generate_series(1, ${rows}) AS n`,
    'CREATE INDEX ON files (created_at)',
    'CREATE INDEX ON files (created_at) WHERE NOT archived',
    'VACUUM ANALYZE files',
    'CHECKPOINT',
  ];
}

async function seal(folder: string, count: number): Promise<void> {
  const sink = openSink(`file://${folder}/archive`);
  const sealer = createSealer({
    ...sealerDefaults({ sink, root: folder, events: new Events() }),
    payload: 'row',
  });
  const rows = Array.from({ length: count }, (_, i) => ({
    uid: `file-${String(i + 1).padStart(9, '0')}`,
    createdAt: WINDOW_START + (i + 1) * MICROS_BETWEEN_ROWS,
    ...{ fileLocation: null, sizeBytes: null },
  }));
  await sealer.seal(request(rows), new AbortController().signal);
  await sealer.close();
}

async function walBytesOf(url: string, act: () => Promise<void>): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const position = async (): Promise<string> =>
      (await client.query<{ lsn: string }>('SELECT pg_current_wal_insert_lsn()::text AS lsn')).rows[0]!.lsn;
    const begin = await position();
    await act();
    const { rows } = await client.query<{ bytes: string }>('SELECT pg_wal_lsn_diff($1, $2)::text AS bytes', [
      await position(),
      begin,
    ]);
    return Number(rows[0]!.bytes);
  } finally {
    await client.end();
  }
}
