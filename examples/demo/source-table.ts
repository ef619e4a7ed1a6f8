import pg from 'pg';

/** Text as the server writes it: a Date would lose the microseconds that the comparison needs. */
const asText = { getTypeParser: () => (text: string) => text };

export interface DemoDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** @param adminUrl a superuser's URL; the demo's database is made beside it. */
export async function createDemoDatabase(options: { adminUrl: string; name: string }): Promise<DemoDatabase> {
  await runOnce(options.adminUrl, `CREATE DATABASE "${options.name}"`);
  const url = new URL(options.adminUrl);
  url.pathname = `/${options.name}`;
  return {
    url: url.href,
    drop: async () => {
      await runOnce(
        options.adminUrl,
        `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = '${options.name}' AND NOT active`,
      );
      await runOnce(options.adminUrl, `DROP DATABASE "${options.name}" WITH (FORCE)`);
    },
  };
}

/** The table that gets archived. It has no column for the archive's sake, and none is ever updated. */
export async function createFilesTable(databaseUrl: string): Promise<void> {
  await runOnce(
    databaseUrl,
    `CREATE TABLE files (
       uid           text        PRIMARY KEY,
       created_at    timestamptz NOT NULL DEFAULT now(),
       file_location text        NOT NULL,
       size_bytes    bigint      NOT NULL,
       owner         text        NOT NULL DEFAULT 'demo'
     )`,
  );
  await runOnce(databaseUrl, 'CREATE INDEX ON files (created_at)');
}

export interface TableRow {
  readonly uid: string;
  /** Microseconds since 1970, as Postgres counts them. */
  readonly createdAtMicros: number;
  readonly fileLocation: string;
  readonly sizeBytes: number;
}

/** Every row of the table, a thousand at a time. */
export async function* readFilesTable(databaseUrl: string): AsyncGenerator<TableRow> {
  const client = new pg.Client({ connectionString: databaseUrl, types: asText });
  await client.connect();
  try {
    await client.query('BEGIN READ ONLY');
    await client.query(
      `DECLARE demo CURSOR FOR
       SELECT uid, (extract(epoch FROM created_at) * 1000000)::bigint AS micros, file_location, size_bytes FROM files`,
    );
    for (;;) {
      const { rows } = await client.query<Record<string, string>>('FETCH 1000 FROM demo');
      if (rows.length === 0) return;
      for (const row of rows) {
        yield {
          uid: row['uid'] ?? '',
          createdAtMicros: Number(row['micros']),
          fileLocation: row['file_location'] ?? '',
          sizeBytes: Number(row['size_bytes']),
        };
      }
    }
  } finally {
    await client.end();
  }
}

/** What Postgres itself counted: the proof that the table's rows were never updated. */
export async function countUpdates(databaseUrl: string): Promise<{ files: number; watermark: number }> {
  const rows = await runOnce(
    databaseUrl,
    `SELECT relname, n_tup_upd FROM pg_stat_user_tables WHERE relname IN ('files', 'des_archive_config')`,
  );
  const of = (name: string): number =>
    Number(rows.find((row) => row['relname'] === name)?.['n_tup_upd'] ?? 0);
  return { files: of('files'), watermark: of('des_archive_config') };
}

/** The server's clock in microseconds, so that no clock of ours decides when everything is archived. */
export async function serverClockMicros(databaseUrl: string): Promise<number> {
  const rows = await runOnce(
    databaseUrl,
    'SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS micros',
  );
  return Number(rows[0]?.['micros']);
}

async function runOnce(url: string, sql: string): Promise<Record<string, string>[]> {
  const client = new pg.Client({ connectionString: url, types: asText });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, string>>(sql);
    return rows;
  } finally {
    await client.end();
  }
}
