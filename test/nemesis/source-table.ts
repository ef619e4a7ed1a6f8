import pg from 'pg';

/** Text as the server writes it: a Date would lose the microseconds. */
const AS_TEXT = { getTypeParser: () => (text: string) => text };

const MICROS = '(extract(epoch FROM created_at) * 1000000)::bigint';

export async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'nemesis',
    connectionTimeoutMillis: 5_000,
    types: AS_TEXT,
  });
  // A server that is killed under us reports it here too; the query says the same.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** No NOT NULL: rows that lack what they need are among those that are to be rejected. */
export async function createSourceTable(client: pg.Client): Promise<void> {
  await client.query(
    `CREATE TABLE files (uid text PRIMARY KEY, created_at timestamptz DEFAULT now(), file_location text, size_bytes bigint)`,
  );
  await client.query('CREATE INDEX ON files (created_at)');
}

export async function insertRow(
  client: pg.Client,
  row: { uid: string; location: string | null; sizeBytes: number; createdAt?: string },
): Promise<void> {
  // created_at is SQL of ours, so that it can be relative to the server's clock.
  await client.query(
    `INSERT INTO files (uid, created_at, file_location, size_bytes) VALUES ($1, ${row.createdAt ?? 'now()'}, $2, $3)`,
    [row.uid, row.location, row.sizeBytes],
  );
}

export interface TableRow {
  readonly uid: string;
  /** Null for `infinity`. */
  readonly createdAtMicros: number | null;
  readonly location: string | null;
  readonly sizeBytes: number;
}

/** Rows with `from < created_at <= to`, microseconds; those without bounds have no bounds. */
export async function readRows(
  client: pg.Client,
  range?: { readonly from: number; readonly to: number },
): Promise<TableRow[]> {
  const at = (micros: number): string => `'epoch'::timestamptz + interval '1 microsecond' * ${micros}`;
  const where =
    range === undefined ? '' : `WHERE created_at > ${at(range.from)} AND created_at <= ${at(range.to)}`;
  const { rows } = await client.query<Record<'uid' | 'micros' | 'location' | 'size', string | null>>(
    `SELECT uid, CASE WHEN isfinite(created_at) THEN ${MICROS} END AS micros,
            file_location AS location, size_bytes AS size FROM files ${where}`,
  );
  return rows.map(({ uid, micros, location, size }) => ({
    uid: uid!,
    createdAtMicros: micros === null ? null : Number(micros),
    location,
    sizeBytes: Number(size),
  }));
}

/** `archived_until` in microseconds. */
export async function readArchivedUntil(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ micros: string }>(
    `SELECT (extract(epoch FROM archived_until AT TIME ZONE 'UTC') * 1000000)::bigint AS micros FROM des_archive_config`,
  );
  return Number(rows[0]!.micros);
}

export async function writeArchivedUntil(client: pg.Client, micros: number): Promise<void> {
  await client.query(
    `UPDATE des_archive_config SET archived_until = ('epoch'::timestamptz + interval '1 microsecond' * $1::bigint) AT TIME ZONE 'UTC'`,
    [micros],
  );
}

/** The server's clock in microseconds: no clock of ours decides what is archived. */
export async function readServerClock(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ micros: string }>(
    'SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS micros',
  );
  return Number(rows[0]!.micros);
}
