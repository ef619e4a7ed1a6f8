import type pg from 'pg';
import { TidemarkError } from '../base/errors.ts';
import { formatLsn, LSN_ZERO, parseLsn } from '../model/lsn.ts';
import type { Lsn } from '../model/lsn.ts';

export interface SlotState {
  readonly plugin: string;
  readonly activePid: number | null;
  /** Transactions that committed before it do not come again. */
  readonly confirmedLsn: Lsn;
  /** False once the server has removed WAL that it needed, or invalidated it for another reason. */
  readonly isUsable: boolean;
  /** Why the server has invalidated it; null while it is usable. */
  readonly invalidation: string | null;
  readonly isFailover: boolean;
  /** WAL that the slot holds back. */
  readonly lagBytes: number;
  /** max_slot_wal_keep_size; null without a limit. */
  readonly walKeepBytes: number | null;
  /** WAL that may be written before the server removes what the slot needs; null without a limit. */
  readonly walLeftBytes: number | null;
}

/** @returns undefined when there is no such slot in this database. */
export async function readSlot(client: pg.Client, slot: string): Promise<SlotState | undefined> {
  // to_jsonb: columns that older servers do not have are then simply absent.
  const found = await client.query<{
    slot: string;
    confirmed: string | null;
    lag: string | null;
    keep: string | null;
  }>(
    `SELECT to_jsonb(s)::text AS slot,
            s.confirmed_flush_lsn::text AS confirmed,
            pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn)::int8 AS lag,
            (SELECT setting::int8 * 1048576 FROM pg_settings
              WHERE name = 'max_slot_wal_keep_size' AND setting::int8 >= 0) AS keep
       FROM pg_replication_slots s WHERE slot_name = $1 AND database = current_database()`,
    [slot],
  );
  const row = found.rows[0];
  if (row === undefined) return undefined;
  const fields = JSON.parse(row.slot) as Record<string, unknown>;
  const confirmed = row.confirmed;
  const invalidation = invalidationOf(fields);
  return {
    plugin: String(fields['plugin']),
    activePid: typeof fields['active_pid'] === 'number' ? fields['active_pid'] : null,
    confirmedLsn: confirmed === null ? LSN_ZERO : parseLsn(confirmed),
    isUsable: invalidation === null,
    invalidation,
    isFailover: fields['failover'] === true,
    lagBytes: Number(row.lag ?? 0),
    walKeepBytes: row.keep === null ? null : Number(row.keep),
    walLeftBytes: typeof fields['safe_wal_size'] === 'number' ? fields['safe_wal_size'] : null,
  };
}

/** Up to where WAL is on the server's disk. */
export async function readWalEnd(client: pg.Client): Promise<Lsn> {
  const found = await client.query<{ lsn: string }>('SELECT pg_current_wal_flush_lsn()::text AS lsn');
  return parseLsn(found.rows[0]!.lsn);
}

/** `invalidation_reason` came with Postgres 17; before, only lost WAL can be seen. */
function invalidationOf(fields: Record<string, unknown>): string | null {
  const reason = fields['invalidation_reason'] ?? null;
  if (typeof reason === 'string') return reason;
  return fields['wal_status'] === 'lost' ? 'wal_removed' : null;
}

/** @throws TidemarkError ERR_SLOT_LOST when rows cannot be had from it any more. */
export async function requireSlot(client: pg.Client, slot: string): Promise<SlotState> {
  const state = await readSlot(client, slot);
  if (state === undefined) {
    throw new TidemarkError('ERR_SLOT_LOST', { detail: `slot ${slot} does not exist` });
  }
  if (!state.isUsable) {
    throw new TidemarkError('ERR_SLOT_LOST', {
      detail: `slot ${slot} was invalidated by the server (${state.invalidation}); it had confirmed ${formatLsn(state.confirmedLsn)}`,
      remedy: `SELECT pg_drop_replication_slot('${slot}'), then run \`tidemark init\`; the snapshot reads the rows above archived_until again and duplicates are removed. Rows that were late even then (created_at at or below archived_until) are found by \`tidemark reconcile\`.`,
    });
  }
  if (state.plugin !== 'pgoutput') {
    throw new TidemarkError('ERR_PREREQUISITE', {
      detail: `slot ${slot} uses the plugin ${state.plugin}, not pgoutput`,
      remedy: `SELECT pg_drop_replication_slot('${slot}'), then run \`tidemark init\`.`,
    });
  }
  return state;
}
