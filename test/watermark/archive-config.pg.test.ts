import type pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { micros, parseMicros } from '../../src/model/micros.ts';
import type { Micros } from '../../src/model/micros.ts';
import {
  advanceArchivedUntil,
  ensureArchiveConfig,
  ensureArchiveConfigTable,
  findArchiveConfig,
  readArchivedUntil,
} from '../../src/watermark/archive-config.ts';
import { readOldestCreatedAt } from '../../src/watermark/oldest-row.ts';
import { connectedDatabase } from '../support/services/fresh.ts';
import type { ConnectedDatabase } from '../support/services/fresh.ts';

let database: ConnectedDatabase;
let client: pg.Client;

beforeEach(async () => {
  database = await connectedDatabase();
  client = database.client;
  // A session far from UTC: nothing may depend on it.
  await client.query("SET TimeZone = 'Asia/Kathmandu'");
});

afterEach(() => database.drop());

const time = (text: string): Micros => parseMicros(text)!;
const START = time('2026-11-23T05:37:17.123456Z');
const DAY_MICROS = 86_400_000_000;

const ensure = (table: string, id: number | null = null) =>
  ensureArchiveConfig({ client, key: { table, id }, lagMicros: 1.5 * DAY_MICROS, start: START });

describe('des_archive_config of our own form', () => {
  beforeEach(() => ensureArchiveConfigTable(client));

  it('is made once', async () => {
    expect(await ensureArchiveConfigTable(client)).toBe(false);
  });

  it('has a row for each table, found by its name, with the time to the microsecond', async () => {
    expect((await ensure('public.a')).row).toEqual({ id: 1, archivedUntil: START, lagDays: 2 });
    expect((await ensure('public.b')).row).toEqual({ id: 2, archivedUntil: START, lagDays: 2 });
    expect(await findArchiveConfig(client, { table: 'public.b', id: null })).toEqual({
      id: 2,
      archivedUntil: START,
      lagDays: 2,
    });
    const { rows } = await client.query(
      'SELECT archived_until::text, lag_days FROM des_archive_config WHERE id = 1',
    );
    expect(rows).toEqual([{ archived_until: '2026-11-23 05:37:17.123456', lag_days: 2 }]);
  });

  it('keeps a watermark that is there already', async () => {
    await ensure('public.a');
    const again = await ensureArchiveConfig({
      client,
      key: { table: 'public.a', id: null },
      lagMicros: 0,
      start: micros(START + 1),
    });
    expect(again).toMatchObject({ row: { id: 1, archivedUntil: START }, made: false });
  });

  it('moves forward only', async () => {
    const { id } = (await ensure('public.a')).row;
    expect(await advanceArchivedUntil({ client, id, to: micros(START - 1) })).toBe(false);
    expect(await advanceArchivedUntil({ client, id, to: START })).toBe(false);
    expect(await advanceArchivedUntil({ client, id, to: micros(START + 1) })).toBe(true);
    expect(await readArchivedUntil(client, id)).toBe(START + 1);
  });

  it('says what to do about an infinite watermark', async () => {
    const { id } = (await ensure('public.a')).row;
    await client.query("UPDATE des_archive_config SET archived_until = '-infinity'");
    await expect(readArchivedUntil(client, id)).rejects.toMatchObject({ code: 'ERR_PREREQUISITE' });
  });
});

describe('des_archive_config of the seed’s form', () => {
  beforeEach(() =>
    client.query(
      `CREATE TABLE des_archive_config (id integer PRIMARY KEY, archived_until timestamp NOT NULL, lag_days integer NOT NULL)`,
    ),
  );

  it('is used by id, and its form is left as it is', async () => {
    await client.query("INSERT INTO des_archive_config VALUES (1, '2024-11-25', 7)");
    expect(await ensureArchiveConfigTable(client)).toBe(false);
    expect(await ensure('public.files')).toMatchObject({
      row: { id: 1, archivedUntil: time('2024-11-25T00:00:00Z') },
      made: false,
    });
    const { rows } = await client.query(
      "SELECT count(*)::int AS n FROM pg_attribute WHERE attrelid = 'des_archive_config'::regclass AND attnum > 0",
    );
    expect(rows).toEqual([{ n: 3 }]);
  });

  it('gets rows with the configured ids', async () => {
    expect((await ensure('public.a')).row.id).toBe(1);
    expect((await ensure('public.b', 7)).row.id).toBe(7);
  });
});

describe('the oldest row', () => {
  const columns = { uid: 'uid', createdAt: 'at', fileLocation: null, sizeBytes: null };
  const oldest = (timeZone = 'UTC') =>
    readOldestCreatedAt({ client, table: { schema: 'public', name: 'Odd "one"', columns }, timeZone });

  it.each([
    ['timestamptz', 'UTC', '2026-11-23T05:00:00.000001Z'],
    ['timestamp', 'UTC', '2026-11-23T05:00:00.000001Z'],
    ['timestamp', 'Europe/Warsaw', '2026-11-23T04:00:00.000001Z'],
  ])('of a %s column read in %s is its exact time', async (type, zone, expected) => {
    await client.query(`CREATE TABLE "Odd ""one""" (uid text, at ${type})`);
    await client.query(`SET TimeZone = 'UTC'; INSERT INTO "Odd ""one""" VALUES
      ('a', '-infinity'), ('b', '0044-03-15 BC'), ('c', '2026-11-23 05:00:00.000001'), ('d', 'infinity'), ('e', NULL)`);
    expect(await oldest(zone)).toBe(time(expected));
  });

  it('of an empty table is null, of a missing one ERR_TABLE_INVALID', async () => {
    await expect(oldest()).rejects.toMatchObject({ code: 'ERR_TABLE_INVALID' });
    await client.query('CREATE TABLE "Odd ""one""" (uid text, at timestamptz)');
    expect(await oldest()).toBeNull();
  });
});
