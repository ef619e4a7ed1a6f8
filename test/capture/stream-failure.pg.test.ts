import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPublication, createSlot } from '../../src/capture/setup.ts';
import { explainStreamFailure, StreamFailure } from '../../src/capture/stream-failure.ts';
import { freshDatabase, uniqueName } from '../support/services/fresh.ts';
import type { FreshDatabase } from '../support/services/fresh.ts';

const TABLE = {
  schema: 'public',
  name: 'files',
  columns: { uid: 'uid', createdAt: 'created_at', fileLocation: null, sizeBytes: null },
};

let database: FreshDatabase;
let names: { url: string; postgresUrl: string; slot: string; publication: string; tables: (typeof TABLE)[] };

beforeEach(async () => {
  database = await freshDatabase();
  const { url } = database;
  names = { url, postgresUrl: url, slot: uniqueName('s'), publication: uniqueName('p'), tables: [TABLE] };
  await sql('CREATE TABLE files (uid text PRIMARY KEY, created_at timestamptz)');
  await createPublication(names);
  await createSlot(names);
});

afterEach(async () => {
  await sql(
    'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = current_database()',
  );
  await database.drop();
});

async function sql(text: string): Promise<void> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(text);
  await client.end();
}

/** What a server says with this SQLSTATE, in whatever language. */
function failure(code: string): StreamFailure {
  return new StreamFailure(Object.assign(new Error('…'), { code }));
}

describe('a stream that has ended', () => {
  it('because the slot is read by another process is a wait', async () => {
    expect(await explainStreamFailure(failure('55006'), names)).toMatchObject({ code: 'ERR_SLOT_IN_USE' });
  });

  it('because the slot is gone, or the publication, says so', async () => {
    await sql(`DROP PUBLICATION ${names.publication}`);
    expect(await explainStreamFailure(failure('42704'), names)).toMatchObject({
      code: 'ERR_PUBLICATION_INVALID',
    });
    await sql(`SELECT pg_drop_replication_slot('${names.slot}')`);
    expect(await explainStreamFailure(failure('42704'), names)).toMatchObject({ code: 'ERR_SLOT_LOST' });
  });

  it('at rows from while there was no publication says that the slot has to go: an older server never passes them', async () => {
    expect(await explainStreamFailure(failure('42704'), names)).toMatchObject({
      code: 'ERR_PUBLICATION_INVALID',
      retryable: false,
      remedy: expect.stringMatching(/pg_drop_replication_slot.*tidemark init/) as string,
    });
  });

  it('for a reason that nobody knows is tried again', async () => {
    expect(await explainStreamFailure(failure('XX000'), names)).toMatchObject({ retryable: true });
  });
});
