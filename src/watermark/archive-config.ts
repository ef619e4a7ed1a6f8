import type { ClientBase } from 'pg';
import { TidemarkError } from '../base/errors.ts';
import { MICROS_PER_DAY, parseMicros, formatMicros } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';

/** A table's row of `des_archive_config`: the watermark as the database knows it. */
export interface ArchiveConfigRow {
  readonly id: number;
  readonly archivedUntil: Micros;
  /** What the row says of the lag; the batch path goes by it where the configuration says nothing. */
  readonly lagDays: number;
}

/** How a row is found: by the table's name, or by its id when one is given or the table is the seed's, without names. */
export interface ArchiveConfigKey {
  /** `schema.name`. */
  readonly table: string;
  readonly id: number | null;
}

const MISSING_REMEDY = 'tidemark init';

/** Made only when there is none. A table of the seed's form (id, archived_until, lag_days) is used as it is. */
const CREATE = `CREATE TABLE IF NOT EXISTS des_archive_config (
  id integer PRIMARY KEY,
  archived_until timestamp NOT NULL,
  lag_days integer NOT NULL,
  table_name text UNIQUE
)`;

/** @returns true when it had to be made. */
export async function ensureArchiveConfigTable(client: ClientBase): Promise<boolean> {
  if ((await readForm(client)) !== 'missing') return false;
  await client.query(CREATE);
  return true;
}

/**
 * Makes the table's row when there is none; an existing watermark is never touched.
 *
 * @param options.start where archiving begins if the row has to be made.
 * @throws TidemarkError ERR_PREREQUISITE when a nameless table would need an id.
 */
export async function ensureArchiveConfig(options: {
  client: ClientBase;
  key: ArchiveConfigKey;
  lagMicros: number;
  start: Micros;
}): Promise<{ readonly row: ArchiveConfigRow; readonly made: boolean }> {
  const { client, key, start } = options;
  const found = await findArchiveConfig(client, key);
  if (found !== null) return { row: found, made: false };
  const named = (await readForm(client)) === 'named';
  const lagDays = Math.ceil(options.lagMicros / MICROS_PER_DAY);
  const values = [key.id, utcText(start), lagDays];
  const { rows } = named
    ? await client.query<{ id: number }>(
        `INSERT INTO des_archive_config (id, archived_until, lag_days, table_name)
         VALUES (coalesce($1::integer, (SELECT coalesce(max(id), 0) + 1 FROM des_archive_config)), $2::timestamp, $3, $4) RETURNING id`,
        [...values, key.table],
      )
    : await client.query<{ id: number }>(
        'INSERT INTO des_archive_config (id, archived_until, lag_days) VALUES (coalesce($1::integer, 1), $2::timestamp, $3) RETURNING id',
        values,
      );
  return { row: { id: rows[0]!.id, archivedUntil: start, lagDays }, made: true };
}

/** @returns null when the table or the row does not exist. */
export async function findArchiveConfig(
  client: ClientBase,
  key: ArchiveConfigKey,
): Promise<ArchiveConfigRow | null> {
  const form = await readForm(client);
  if (form === 'missing') return null;
  const byName = form === 'named' && key.id === null;
  const { rows } = await client.query<{ id: number; archived_until: string; lag_days: number }>(
    `SELECT id, archived_until::text, lag_days FROM des_archive_config WHERE ${byName ? 'table_name' : 'id'} = $1`,
    [byName ? key.table : (key.id ?? 1)],
  );
  if (rows[0] === undefined) return null;
  const { id, archived_until: archivedUntil, lag_days: lagDays } = rows[0];
  return { id, archivedUntil: parseArchivedUntil(archivedUntil), lagDays };
}

/** @throws TidemarkError ERR_PREREQUISITE when there is no such row; it names `tidemark init`. */
export async function requireArchiveConfig(
  client: ClientBase,
  key: ArchiveConfigKey,
): Promise<ArchiveConfigRow> {
  const row = await findArchiveConfig(client, key);
  if (row !== null) return row;
  throw new TidemarkError('ERR_PREREQUISITE', {
    detail: `des_archive_config has no row for ${key.table}${key.id === null ? '' : ` (id ${key.id})`}`,
    remedy: MISSING_REMEDY,
  });
}

/** @throws TidemarkError ERR_PREREQUISITE when there is no such row. */
export async function readArchivedUntil(client: ClientBase, id: number): Promise<Micros> {
  const { rows } = await client.query<{ archived_until: string }>(
    'SELECT archived_until::text FROM des_archive_config WHERE id = $1',
    [id],
  );
  if (rows[0] !== undefined) return parseArchivedUntil(rows[0].archived_until);
  throw new TidemarkError('ERR_PREREQUISITE', {
    detail: `des_archive_config has no row with id ${id}`,
    remedy: MISSING_REMEDY,
  });
}

/**
 * The one UPDATE of a window. Monotone: a value that is not above the present one changes nothing.
 *
 * @returns true when the row moved.
 */
export async function advanceArchivedUntil(options: {
  client: ClientBase;
  id: number;
  to: Micros;
}): Promise<boolean> {
  const { rowCount } = await options.client.query(
    'UPDATE des_archive_config SET archived_until = $1::timestamp WHERE id = $2 AND archived_until < $1::timestamp',
    [utcText(options.to), options.id],
  );
  return rowCount === 1;
}

/**
 * Sets the watermark, back too: only for `tidemark adjust`, while nobody archives.
 *
 * @throws TidemarkError ERR_PREREQUISITE when there is no such row.
 */
export async function setArchivedUntil(options: {
  client: ClientBase;
  key: ArchiveConfigKey;
  to: Micros;
}): Promise<void> {
  const { client, key, to } = options;
  const { id } = await requireArchiveConfig(client, key);
  await client.query('UPDATE des_archive_config SET archived_until = $1::timestamp WHERE id = $2', [
    utcText(to),
    id,
  ]);
}

/** The seed's table has no names; ours has. */
async function readForm(client: ClientBase): Promise<'missing' | 'nameless' | 'named'> {
  const { rows } = await client.query<{ attname: string }>(
    `SELECT attname FROM pg_attribute
      WHERE attrelid = to_regclass('des_archive_config') AND attnum > 0 AND NOT attisdropped`,
  );
  if (rows.length === 0) return 'missing';
  return rows.some(({ attname }) => attname === 'table_name') ? 'named' : 'nameless';
}

/** `timestamp` has no zone: the row is in UTC, as the seed's windows are. */
function utcText(time: Micros): string {
  return formatMicros(time).slice(0, -1);
}

function parseArchivedUntil(text: string): Micros {
  const value = parseMicros(text);
  if (value !== undefined) return value;
  throw new TidemarkError('ERR_PREREQUISITE', {
    detail: `des_archive_config.archived_until is ${text}, which is no time that can be archived from`,
    remedy: 'UPDATE des_archive_config SET archived_until = (the end of the last window that is archived)',
  });
}
