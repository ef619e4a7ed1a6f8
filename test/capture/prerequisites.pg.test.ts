import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inspectPostgres } from '../../src/capture/prerequisites.ts';
import { createPublication, createSlot } from '../../src/capture/setup.ts';
import type { Requirement } from '../../src/model/requirement.ts';
import { services } from '../support/services/services.ts';

const id = `pre_${randomUUID().slice(0, 8)}`;
const columns = { uid: 'uid', createdAt: 'created_at', fileLocation: 'file_location', sizeBytes: null };
const table = { schema: 'public', name: 'files', columns, createdAtZone: null };
let admin: pg.Client;
let sql: pg.Client;
let superUrl: string;

function options(postgresUrl: string, name = 'files') {
  return { postgresUrl, slot: id, publication: id, tables: [{ ...table, name }] };
}

function failing(found: readonly Requirement[]): string[] {
  return found.filter(({ ok }) => !ok).map(({ name }) => name);
}

describe('what capture needs of Postgres', () => {
  beforeAll(async () => {
    const { postgresUrl } = await services();
    admin = new pg.Client({ connectionString: postgresUrl });
    await admin.connect();
    await admin.query(`CREATE DATABASE ${id}`);
    superUrl = Object.assign(new URL(postgresUrl), { pathname: `/${id}` }).href;
    sql = new pg.Client({ connectionString: superUrl });
    await sql.connect();
    await sql.query('CREATE TABLE files (uid text PRIMARY KEY, created_at timestamptz, file_location text)');
    await sql.query('CREATE TABLE odd (uid float8, created_at date)');
    await sql.query('CREATE TABLE pairs (a text, b int, c uuid, created_at timestamptz, PRIMARY KEY (a, b))');
    await sql.query(
      'CREATE TABLE parted (uid text, created_at timestamptz, PRIMARY KEY (uid, created_at)) PARTITION BY RANGE (created_at)',
    );
    await sql.query('CREATE TABLE typed (uid text PRIMARY KEY, created_at timestamptz, "$types" text)');
  });

  afterAll(async () => {
    await sql.query('SELECT pg_drop_replication_slot($1)', [id]);
    await sql.end();
    await admin.query(`DROP DATABASE ${id} WITH (FORCE)`);
    await admin.query(`DROP ROLE IF EXISTS ${id}`);
    await admin.end();
  });

  it('is listed with the command that mends it, and init makes it so, twice', async () => {
    const before = await inspectPostgres(options(superUrl));
    expect(failing(before)).toEqual(expect.arrayContaining([`publication.${id}`, `slot.${id}`]));
    expect(before.every(({ ok, remedy }) => ok === (remedy === null))).toBe(true);
    expect([await createPublication(options(superUrl)), await createPublication(options(superUrl))]).toEqual([
      true,
      false,
    ]);
    expect([await createSlot(options(superUrl)), await createSlot(options(superUrl))]).toEqual([true, false]);
    expect(failing(await inspectPostgres(options(superUrl)))).toEqual(['table.public.files.index']);
  });

  it('includes the rights of the role', async () => {
    await admin.query(`CREATE ROLE ${id} LOGIN PASSWORD 'x'`);
    const url = Object.assign(new URL(superUrl), { username: id, password: 'x' }).href;
    const failed = failing(await inspectPostgres(options(url)));
    const rights = ['postgres.replication', 'postgres.pg_read_all_stats', 'table.public.files.select'];
    expect(failed).toEqual(expect.arrayContaining(rights));
    await admin.query(`ALTER ROLE ${id} REPLICATION; GRANT pg_read_all_stats TO ${id}`);
    await sql.query(`GRANT SELECT ON files TO ${id}`);
    expect(failing(await inspectPostgres(options(url)))).toEqual(['table.public.files.index']);
    await sql.query(`REVOKE ALL ON files FROM ${id}`);
  });

  it('includes an encoding that has characters', async () => {
    const bytes = `${id}_bytes`;
    await admin.query(
      `CREATE DATABASE ${bytes} TEMPLATE template0 ENCODING SQL_ASCII LOCALE_PROVIDER libc LOCALE 'C'`,
    );
    const url = Object.assign(new URL(superUrl), { pathname: `/${bytes}` }).href;
    const failed = failing(await inspectPostgres({ ...options(url), tables: [] }));
    await admin.query(`DROP DATABASE ${bytes} WITH (FORCE)`);
    expect(failed).toContain('postgres.encoding');
  });

  it('includes columns, types and keys', async () => {
    const failed = failing(await inspectPostgres(options(superUrl, 'odd')));
    const of = (aspect: string) => `table.public.odd.${aspect}`;
    expect(failed).toEqual(expect.arrayContaining(['uid', 'createdAt', 'fileLocation', 'key'].map(of)));
    expect(failing(await inspectPostgres(options(superUrl, 'gone')))).toContain('table.public.gone');
    const pairs = (uid: readonly string[]) =>
      inspectPostgres({
        ...options(superUrl),
        tables: [{ ...table, name: 'pairs', columns: { ...columns, uid, fileLocation: null } }],
      });
    expect(failing(await pairs(['a', 'b']))).not.toContain('table.public.pairs.key');
    expect(failing(await pairs(['a', 'c']))).toContain('table.public.pairs.key');
    const ofTime = { ...table, name: 'parted', columns: { ...columns, fileLocation: null } };
    const parted = (isMarkedByUid: boolean) =>
      inspectPostgres({ ...options(superUrl), tables: [{ ...ofTime, isMarkedByUid }] });
    expect(failing(await parted(false))).not.toContain('table.public.parted.key');
    expect(failing(await parted(true))).toContain('table.public.parted.key');
    const rowsOnly = { ...table, name: 'typed', columns: { ...columns, fileLocation: null } };
    const typed = await inspectPostgres({ ...options(superUrl), tables: [rowsOnly] });
    expect(failing(typed)).toContain('table.public.typed.types');
  });
});
