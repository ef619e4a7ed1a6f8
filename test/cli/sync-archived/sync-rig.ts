import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { Events } from '../../../src/base/event-map.ts';
import { syncTable } from '../../../src/cli/sync-archived/sync-table.ts';
import type { SyncTableOptions } from '../../../src/cli/sync-archived/sync-table.ts';
import type { TableSync } from '../../../src/cli/sync-archived/sync-report.ts';
import { parseConfig } from '../../../src/config/load-config.ts';
import { formatMicros, MICROS_PER_SECOND } from '../../../src/model/micros.ts';
import type { Micros } from '../../../src/model/micros.ts';
import { openSink } from '../../../src/sinks/open-sink.ts';
import { createSealer } from '../../../src/sinks/sealer.ts';
import type { Sink } from '../../../src/sinks/sink.ts';
import { ensureArchiveConfig, ensureArchiveConfigTable } from '../../../src/watermark/archive-config.ts';
import { request, sealerDefaults, WINDOW_START } from '../../sinks/support/seal-request.ts';
import { freshDatabase } from '../../support/services/fresh.ts';

export const MINUTE = 60 * MICROS_PER_SECOND;
/** The windows of the tests are hours; the first one begins here. */
export const BEGIN = WINDOW_START;

/** A table with its column, a watermark and a sink with shards, without Kafka: who made the shards is not asked. */
export class SyncRig {
  readonly sql: pg.Client;
  readonly url: string;
  readonly sink: Sink;
  readonly folder: string;
  readonly #dropDatabase: () => Promise<void>;

  private constructor(parts: { sql: pg.Client; url: string; dropDatabase: () => Promise<void> }) {
    this.sql = parts.sql;
    this.url = parts.url;
    this.#dropDatabase = parts.dropDatabase;
    this.folder = mkdtempSync(join(tmpdir(), 'tidemark-sync-'));
    this.sink = openSink(`file://${this.folder}`);
  }

  static async create(): Promise<SyncRig> {
    const database = await freshDatabase();
    const sql = new pg.Client({ connectionString: database.url });
    await sql.connect();
    await ensureArchiveConfigTable(sql);
    return new SyncRig({ sql, url: database.url, dropDatabase: () => database.drop() });
  }

  /** Makes the table anew, empties the sink, and sets the watermark. @param options `partitioned` by the half hour. */
  async reset(
    watermark: Micros,
    columns = 'uid text PRIMARY KEY, created_at timestamptz',
    options: { partitioned?: boolean } = {},
  ): Promise<void> {
    rmSync(this.folder, { recursive: true, force: true });
    const half = `'${formatMicros((BEGIN + 30 * MINUTE) as Micros)}'`;
    await this.sql.query(`DROP TABLE IF EXISTS files CASCADE; TRUNCATE des_archive_config;
      CREATE TABLE files (${columns}, archived boolean NOT NULL DEFAULT false)
        ${options.partitioned === true ? 'PARTITION BY RANGE (created_at)' : ''};
      CREATE INDEX ON files (created_at) WHERE archived = FALSE`);
    if (options.partitioned === true)
      await this.sql
        .query(`CREATE TABLE files_early PARTITION OF files FOR VALUES FROM (MINVALUE) TO (${half});
        CREATE TABLE files_late PARTITION OF files FOR VALUES FROM (${half}) TO (MAXVALUE);
        ALTER TABLE files ADD PRIMARY KEY (uid, created_at)`);
    const key = { table: 'public.files', id: null };
    await ensureArchiveConfig({ client: this.sql, key, lagMicros: 0, start: watermark });
  }

  async moveWatermark(to: Micros): Promise<void> {
    await this.sql.query('UPDATE des_archive_config SET archived_until = $1', [
      formatMicros(to).slice(0, -1),
    ]);
  }

  /** Rows with the uids, a minute apart from the given one on. @returns what the sealer takes. */
  async insert(uids: readonly string[], minute = 1) {
    const rows = uids.map((uid, i) => ({
      uid,
      createdAt: BEGIN + (minute + i) * MINUTE,
      ...{ fileLocation: null, sizeBytes: null },
    }));
    const times = rows.map(({ createdAt }) => formatMicros(createdAt as Micros));
    await this.sql.query(
      'INSERT INTO files (uid, created_at) SELECT * FROM unnest($1::text[], $2::timestamptz[])',
      [uids, times],
    );
    return rows;
  }

  /** One seal: rows in a shard with `row`, rejects with `file`, because they name no file. */
  async seal(rows: Awaited<ReturnType<SyncRig['insert']>>, payload: 'row' | 'file' = 'row', partition = 0) {
    const sealer = createSealer({
      ...sealerDefaults({ sink: this.sink, root: tmpdir(), events: new Events() }),
      payload,
    });
    const hour = 60 * MINUTE;
    const start = (BEGIN + Math.floor((rows[0]!.createdAt - BEGIN - 1) / hour) * hour) as Micros;
    const window = { start, end: (start + hour) as Micros };
    const kind = payload === 'file' ? 'late' : 'window';
    const name = { window, partition, kind, firstOffset: kind === 'late' ? 7 : null } as const;
    await sealer.seal(request(rows, { name: name as never }), new AbortController().signal);
    await sealer.close();
  }

  /** Uids of the rows that are set, sorted. */
  async archived(): Promise<string[]> {
    const { rows } = await this.sql.query<{ uid: string }>(
      'SELECT uid::text FROM files WHERE archived ORDER BY 1',
    );
    return rows.map(({ uid }) => uid);
  }

  /** Without a pause unless the test gives one. */
  sync(options: Partial<SyncTableOptions> & { table?: never; tableKeys?: object } = {}): Promise<TableSync> {
    const { tableKeys, ...rest } = options;
    const config = parseConfig({
      text: JSON.stringify({
        ...{ postgres: { url: this.url }, kafka: { brokers: ['127.0.0.1:1'] } },
        sink: { url: `file://${this.folder}` },
        tables: [{ name: 'public.files', payload: 'row', window: { size: '1h' }, ...tableKeys }],
      }),
      ...{ path: 'test', env: {} },
    });
    return syncTable({
      ...{ config, table: config.tables[0]!, sink: this.sink, batchRows: 2, rowsPerSecond: 1_000 },
      ...{ isDryRun: false, signal: new AbortController().signal, events: new Events() },
      ...{ clock: { now: () => BEGIN }, wait: (_, signal) => Promise.resolve(signal.throwIfAborted()) },
      ...{ onProgress: () => undefined, onLocked: () => undefined },
      ...rest,
    });
  }

  async drop(): Promise<void> {
    await this.sql.end();
    await this.#dropDatabase();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
