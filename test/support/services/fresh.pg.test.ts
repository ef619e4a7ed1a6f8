import pg from 'pg';
import { expect, test } from 'vitest';
import { freshDatabase, uniqueName } from './fresh.ts';
import { services } from './services.ts';

async function query<R extends pg.QueryResultRow>(url: string, sql: string): Promise<R[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<R>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function databases(): Promise<string[]> {
  const { postgresUrl } = await services();
  return (await query<{ datname: string }>(postgresUrl, 'SELECT datname FROM pg_database')).map(
    (row) => row.datname,
  );
}

function makeSlot(options: { temporary: boolean }): string {
  return `SELECT pg_create_logical_replication_slot('${uniqueName('slot')}', 'pgoutput', ${options.temporary})`;
}

test('two fresh databases are different and empty', async () => {
  const [first, second] = await Promise.all([freshDatabase(), freshDatabase()]);
  await query(first.url, 'CREATE TABLE files (uid text)');
  expect(await query(second.url, `SELECT to_regclass('files')::text AS files`)).toEqual([{ files: null }]);
  await Promise.all([first.drop(), second.drop()]);
});

test('a fresh database can decode its WAL and prepare transactions', async () => {
  const database = await freshDatabase();
  expect(
    await query(
      database.url,
      `SELECT current_setting('wal_level') AS wal, current_setting('max_prepared_transactions')::int > 0 AS prepared,
              current_setting('is_superuser') AS superuser`,
    ),
  ).toEqual([{ wal: 'logical', prepared: true, superuser: 'on' }]);
  await database.drop();
});

test('a database is dropped although a prepared transaction, an idle slot and one in use stand in its way', async () => {
  const database = await freshDatabase();
  await query(database.url, 'CREATE TABLE files (uid text)');
  await query(database.url, makeSlot({ temporary: false }));
  const forgotten = new pg.Client({ connectionString: database.url });
  const cut = new Promise((resolve) => forgotten.once('end', resolve));
  forgotten.on('error', () => undefined);
  await forgotten.connect();
  // In use for as long as the session lasts.
  await forgotten.query(makeSlot({ temporary: true }));
  await query(
    database.url,
    `BEGIN; INSERT INTO files VALUES ('a'); PREPARE TRANSACTION '${uniqueName('prepared')}'`,
  );

  await database.drop();

  await cut;
  expect(await databases()).not.toContain(new URL(database.url).pathname.slice(1));
});
