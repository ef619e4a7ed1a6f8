import type pg from 'pg';
import type { Requirement } from '../model/requirement.ts';
import { quoteIdentifier } from './postgres-session.ts';
import { requirement } from './requirement.ts';

interface ServerFacts {
  readonly role: string;
  readonly version: string;
  readonly encoding: string;
  readonly wal_level: string;
  readonly slots_max: string;
  readonly slots: string;
  readonly senders_max: string;
  readonly senders: string;
  readonly replication: string;
  readonly stats: string;
  readonly own_slot: string;
}

const FACTS = `
  SELECT current_user AS role,
         current_setting('server_version_num') AS version,
         current_setting('server_encoding') AS encoding,
         current_setting('wal_level') AS wal_level,
         current_setting('max_replication_slots') AS slots_max,
         (SELECT count(*) FROM pg_replication_slots) AS slots,
         current_setting('max_wal_senders') AS senders_max,
         (SELECT count(*) FROM pg_stat_replication) AS senders,
         (SELECT rolreplication OR rolsuper FROM pg_roles WHERE rolname = current_user) AS replication,
         pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS stats,
         EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = $1) AS own_slot`;

/** `messages` of pgoutput and pg_publication_tables.attnames need it. */
const VERSION_MIN = 150_000;

/** Settings of the server and rights of the role. */
export async function inspectServer(client: pg.Client, slot: string): Promise<Requirement[]> {
  const found = await client.query<ServerFacts>(FACTS, [slot]);
  const facts = found.rows[0]!;
  const role = quoteIdentifier(facts.role);
  const freeSlots = Number(facts.slots_max) - Number(facts.slots);
  // One for a leg of the snapshot, and one for our own slot while it does not exist.
  const slotsNeeded = facts.own_slot === 't' ? 1 : 2;
  const freeSenders = Number(facts.senders_max) - Number(facts.senders);
  return [
    requirement({
      name: 'postgres.version',
      ok: Number(facts.version) >= VERSION_MIN,
      detail: `server_version_num=${facts.version}`,
      remedy: 'Use Postgres 15 or newer.',
    }),
    requirement({
      name: 'postgres.encoding',
      ok: facts.encoding !== 'SQL_ASCII',
      severity: 'warning',
      detail: `server_encoding=${facts.encoding}`,
      remedy:
        'Move the database to one that is encoded in UTF8 (pg_dump, createdb -E UTF8): this one does not know what its text means, and bytes that are no UTF-8 are archived as U+FFFD.',
    }),
    requirement({
      name: 'postgres.wal_level',
      ok: facts.wal_level === 'logical',
      detail: `wal_level=${facts.wal_level}`,
      remedy: 'ALTER SYSTEM SET wal_level = logical; then restart Postgres.',
    }),
    requirement({
      name: 'postgres.max_replication_slots',
      ok: freeSlots >= slotsNeeded,
      detail: `${freeSlots} of ${facts.slots_max} free, ${slotsNeeded} needed`,
      remedy: `ALTER SYSTEM SET max_replication_slots = ${Number(facts.slots) + slotsNeeded}; then restart Postgres.`,
    }),
    requirement({
      name: 'postgres.max_wal_senders',
      ok: freeSenders >= 2 || (freeSenders >= 1 && facts.own_slot === 't'),
      detail: `${freeSenders} of ${facts.senders_max} free, 2 needed while a snapshot is taken`,
      remedy: `ALTER SYSTEM SET max_wal_senders = ${Number(facts.senders) + 2}; then restart Postgres.`,
    }),
    requirement({
      name: 'postgres.replication',
      ok: facts.replication === 't',
      detail: `role ${facts.role} ${facts.replication === 't' ? 'may' : 'may not'} read replication slots`,
      remedy: `ALTER ROLE ${role} REPLICATION;`,
    }),
    requirement({
      name: 'postgres.pg_read_all_stats',
      ok: facts.stats === 't',
      detail: `role ${facts.role} ${facts.stats === 't' ? 'sees' : 'does not see'} the transactions of others`,
      remedy: `GRANT pg_read_all_stats TO ${role};`,
    }),
  ];
}
