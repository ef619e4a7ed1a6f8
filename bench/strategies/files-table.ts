import type pg from 'pg';
import { MICROS_PER_DAY, MICROS_PER_SECOND } from '../../src/model/micros.ts';
import type { SourceFiles } from './source-files.ts';

/** A window is a day, as in the comparison that is measured; it holds so many rows at most. */
const ROWS_A_DAY_MAX = 1_000_000;
const ROWS_A_STATEMENT = 10_000;

/** Where the rows begin: a fixed day, so that every run archives the same rows. */
const FIRST_DAY_MS = Date.UTC(2026, 0, 5);
const DAY_MS = MICROS_PER_DAY / 1_000;

export interface FilesTableSpec {
  readonly rows: number;
  readonly fileBytes: number;
  /** With the column `archived` and its partial index, as marking records needs them; else with an index on created_at. */
  readonly isMarked: boolean;
  readonly fillfactor: number;
  /** Further indexes that have nothing to do with archiving, as real tables have them; at most five. */
  readonly extraIndexes: number;
  /** Neither vacuumed nor frozen: as just written. */
  readonly isFresh: boolean;
}

/** ISO times; archiving begins at `start`, and at `now` the last window is just due. */
export interface FilesTableTimes {
  readonly start: string;
  readonly end: string;
  readonly now: string;
}

/** Whole days; `now` lies the lag of one day behind. */
export function timesOf(rows: number): FilesTableTimes {
  const endMs = FIRST_DAY_MS + daysOf(rows) * DAY_MS;
  const iso = (ms: number): string => new Date(ms).toISOString();
  return { start: iso(FIRST_DAY_MS), end: iso(endMs), now: iso(endMs + DAY_MS) };
}

const EXTRA_INDEXES = [
  '(size_bytes)',
  '(file_location)',
  '(size_bytes, created_at)',
  '(uid, size_bytes)',
  '(created_at, size_bytes)',
] as const;

/** Fills the table in the order of created_at with its indexes in place, as an application would. */
export async function makeFilesTable(
  client: pg.Client,
  spec: FilesTableSpec,
  files: SourceFiles,
): Promise<void> {
  for (const statement of ddl(spec)) await client.query(statement);
  const stepMicros = Math.floor((daysOf(spec.rows) * MICROS_PER_DAY) / spec.rows);
  for (let first = 0; first < spec.rows; first += ROWS_A_STATEMENT) {
    const length = Math.min(ROWS_A_STATEMENT, spec.rows - first);
    const paths = Array.from({ length }, (_, i) => files.pathOf(first + i));
    await client.query(INSERT, [
      paths,
      first,
      FIRST_DAY_MS / 1_000,
      stepMicros / MICROS_PER_SECOND,
      spec.fileBytes,
    ]);
  }
  // ANALYZE alone would set the hint bits of every page that it samples, in a small table of all.
  if (!spec.isFresh) await client.query('VACUUM (FREEZE, ANALYZE) files');
}

/** uids are as random as UUIDs, and the same in every run. */
const INSERT = `
  INSERT INTO files (uid, created_at, file_location, size_bytes)
  SELECT md5(n::text)::uuid::text,
         to_timestamp($3::float8) AT TIME ZONE 'UTC' + n * make_interval(secs => $4::float8), path, $5::bigint
  FROM (SELECT $2::bigint + place AS n, path FROM unnest($1::text[]) WITH ORDINALITY AS f (path, place)) AS rows`;

function ddl(spec: FilesTableSpec): string[] {
  const archived = spec.isMarked ? ', archived boolean NOT NULL DEFAULT false' : '';
  const storage = `fillfactor = ${spec.fillfactor}${spec.isFresh ? ', autovacuum_enabled = false' : ''}`;
  return [
    `CREATE TABLE files (uid varchar(255) PRIMARY KEY, created_at timestamp NOT NULL,
       file_location text NOT NULL, size_bytes bigint${archived}) WITH (${storage})`,
    spec.isMarked
      ? 'CREATE INDEX idx_files_created_archived ON files (created_at, archived) WHERE archived = FALSE'
      : 'CREATE INDEX idx_files_created_at ON files (created_at)',
    ...EXTRA_INDEXES.slice(0, spec.extraIndexes).map((columns) => `CREATE INDEX ON files ${columns}`),
  ];
}

function daysOf(rows: number): number {
  return Math.ceil(rows / ROWS_A_DAY_MAX);
}
