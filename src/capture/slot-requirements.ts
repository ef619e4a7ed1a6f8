import type pg from 'pg';
import { formatLsn } from '../model/lsn.ts';
import type { Requirement } from '../model/requirement.ts';
import { quoteLiteral } from './postgres-session.ts';
import { requirement } from './requirement.ts';
import { readSlot } from './slot.ts';

/** The slot: there, ours, not lost, and surviving a failover where the server can. */
export async function inspectSlot(client: pg.Client, slot: string): Promise<Requirement[]> {
  const name = `slot.${slot}`;
  const state = await readSlot(client, slot);
  if (state === undefined) {
    return [requirement({ name, ok: false, detail: 'it does not exist', remedy: 'tidemark init' })];
  }
  const version = await client.query<{ server_version_num: string }>('SHOW server_version_num');
  const knowsFailover = Number(version.rows[0]!.server_version_num) >= 170_000;
  const drop = `SELECT pg_drop_replication_slot(${quoteLiteral(slot)}); then run: tidemark init`;
  const found = [
    requirement({
      name,
      ok: state.isUsable,
      detail: state.isUsable
        ? `stands at ${formatLsn(state.confirmedLsn)}, holds ${state.lagBytes} bytes of WAL`
        : 'the server has invalidated it; rows since its position were not captured',
      remedy: drop,
    }),
    requirement({
      name: `${name}.plugin`,
      ok: state.plugin === 'pgoutput',
      detail: `plugin ${state.plugin}`,
      remedy: drop,
    }),
  ];
  if (!knowsFailover) return found;
  return [
    ...found,
    requirement({
      name: `${name}.failover`,
      ok: state.isFailover,
      severity: 'warning',
      detail: state.isFailover ? 'survives a failover' : 'is lost when a standby is promoted',
      remedy: `While capture is stopped, on a replication connection: ALTER_REPLICATION_SLOT ${slot} (FAILOVER true);`,
    }),
  ];
}
