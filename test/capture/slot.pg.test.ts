import type pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectPostgres } from '../../src/capture/postgres-session.ts';
import { readSlot } from '../../src/capture/slot.ts';
import { connectedDatabase, uniqueName } from '../support/services/fresh.ts';
import type { ConnectedDatabase } from '../support/services/fresh.ts';

const GIB = 1024 ** 3;
const SEGMENT_BYTES = 16 * 1024 * 1024;

let [database, client, slot]: [ConnectedDatabase, pg.Client, string] = [] as never;

beforeEach(async () => {
  database = await connectedDatabase();
  client = await connectPostgres({ url: database.url, purpose: 'test' });
  slot = uniqueName('slot');
  await client.query(`SELECT pg_create_logical_replication_slot($1, 'pgoutput')`, [slot]);
});

afterEach(async () => {
  await limit(null);
  await client.query('SELECT pg_drop_replication_slot($1)', [slot]);
  await client.end();
  await database.drop();
});

/** Sets max_slot_wal_keep_size of the server, and waits until this session knows. */
async function limit(size: string | null): Promise<void> {
  await client.query(
    size === null
      ? 'ALTER SYSTEM RESET max_slot_wal_keep_size'
      : `ALTER SYSTEM SET max_slot_wal_keep_size = '${size}'`,
  );
  await client.query('SELECT pg_reload_conf()');
  const current = async (): Promise<string> => {
    const { rows } = await client.query<{ max_slot_wal_keep_size: string }>('SHOW max_slot_wal_keep_size');
    return rows[0]!.max_slot_wal_keep_size;
  };
  while ((await current()) !== (size ?? '-1'));
}

it('a slot says how much WAL the server keeps for it, and how much of that is left', async () => {
  expect(await readSlot(client, slot)).toMatchObject({ walKeepBytes: null, walLeftBytes: null });

  await limit('1GB');
  const before = (await readSlot(client, slot))!;
  expect(before.walKeepBytes).toBe(GIB);
  expect(before.walLeftBytes).toBeGreaterThan(GIB - 4 * SEGMENT_BYTES);
  expect(before.walLeftBytes).toBeLessThan(GIB + 4 * SEGMENT_BYTES);

  await client.query(`SELECT pg_logical_emit_message(true, 'test', repeat('x', 33554432))`);
  const after = (await readSlot(client, slot))!;
  expect(after.lagBytes - before.lagBytes).toBeGreaterThanOrEqual(33_554_432);
  expect(before.walLeftBytes! - after.walLeftBytes!).toBe(after.lagBytes - before.lagBytes);
});
