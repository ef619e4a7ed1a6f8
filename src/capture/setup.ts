import { messageOf, TidemarkError } from '../base/errors.ts';
import { tableId } from '../model/table.ts';
import type { TableRef } from '../model/table.ts';
import { quoteIdentifier, withSession } from './postgres-session.ts';
import { readPublication } from './publication.ts';
import { readSlot, requireSlot } from './slot.ts';

export interface SetupOptions {
  readonly postgresUrl: string;
  readonly publication: string;
  readonly slot: string;
  readonly tables: readonly TableRef[];
}

/**
 * Makes the publication, or mends one that lacks a table or publishes more than inserts. Safe to repeat.
 *
 * @returns true when something was changed.
 * @throws TidemarkError ERR_POSTGRES_UNREACHABLE, ERR_PREREQUISITE, ERR_TABLE_INVALID.
 */
export async function createPublication(options: SetupOptions): Promise<boolean> {
  const { postgresUrl: url, publication, tables } = options;
  return withSession({ url, purpose: 'init', answerWithinMs: null }, async (client) => {
    const name = quoteIdentifier(publication);
    const state = await readPublication(client, publication);
    const quoted = (wanted: readonly TableRef[]): string =>
      wanted.map((table) => `${quoteIdentifier(table.schema)}.${quoteIdentifier(table.name)}`).join(', ');
    if (!state.exists) {
      // A partitioned table then streams under its own name, not under those of its partitions.
      const settings = `publish = 'insert', publish_via_partition_root = true`;
      await client.query(`CREATE PUBLICATION ${name} FOR TABLE ${quoted(tables)} WITH (${settings})`);
      return true;
    }
    const missing = tables.filter((table) => !state.tables.has(tableId(table)));
    if (missing.length > 0) await client.query(`ALTER PUBLICATION ${name} ADD TABLE ${quoted(missing)}`);
    const isMended = !state.publishesInsert || state.publishesMore;
    if (isMended) await client.query(`ALTER PUBLICATION ${name} SET (publish = 'insert')`);
    return missing.length > 0 || isMended;
  });
}

/** `failover` came with Postgres 17: the slot then survives the promotion of a standby. */
const FAILOVER_SINCE = 170_000;

/**
 * Makes the slot. From then on the server keeps WAL for it: start capture soon. Safe to repeat.
 *
 * @returns true when it was made.
 * @throws TidemarkError ERR_SLOT_LOST when there is one that cannot be used, ERR_PREREQUISITE, ERR_POSTGRES_UNREACHABLE.
 */
export async function createSlot(options: SetupOptions): Promise<boolean> {
  const { postgresUrl: url, slot } = options;
  return withSession({ url, purpose: 'init', answerWithinMs: null }, async (client) => {
    if ((await readSlot(client, slot)) !== undefined) {
      await requireSlot(client, slot);
      return false;
    }
    const version = await client.query<{ server_version_num: string }>('SHOW server_version_num');
    const failover =
      Number(version.rows[0]!.server_version_num) >= FAILOVER_SINCE ? ', failover => true' : '';
    try {
      await client.query(`SELECT pg_create_logical_replication_slot($1, 'pgoutput'${failover})`, [slot]);
    } catch (cause) {
      throw slotRefused(slot, cause);
    }
    return true;
  });
}

/** 55000: wal_level is not logical; 53400: no slot is free; 42710: the name is taken in another database. */
function slotRefused(slot: string, cause: unknown): unknown {
  const state = (cause as { code?: unknown }).code;
  const remedies: Readonly<Record<string, string>> = {
    '55000': 'ALTER SYSTEM SET wal_level = logical; then restart Postgres.',
    '53400': 'Raise max_replication_slots and restart Postgres, or drop a slot that nobody uses.',
    '42710': 'Give this capture another postgres.slot: names are unique in the whole cluster.',
  };
  const remedy = typeof state === 'string' ? remedies[state] : undefined;
  if (remedy === undefined) return cause;
  const reason = messageOf(cause);
  return new TidemarkError('ERR_PREREQUISITE', { detail: `slot ${slot}: ${reason}`, remedy, cause });
}
