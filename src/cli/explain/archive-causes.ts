import { formatMicros, MICROS_PER_SECOND } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import type { GroupMember } from '../../log/group-members.ts';
import { formatAge } from '../text-table.ts';
import type { Cause } from './explanation.ts';
import type { Facts, KafkaFacts, PartitionFacts, TableFacts } from './facts.ts';
import { lateFor, standOf } from './partition-stand.ts';

/** What keeps rows and marks that are in Kafka from becoming shards and watermark. Pure. */
export function archiveCauses(facts: Facts): Cause[] {
  if ('problem' in facts.kafka) return [];
  const kafka = facts.kafka.value;
  const causes = facts.tables.flatMap((table) => troubleCauses(facts, table));
  if (kafka.group.members.length === 0) causes.push(noMember(facts, kafka));
  else if (kafka.group.state === 'Stable')
    causes.push(...facts.tables.flatMap((table) => memberCauses(facts, kafka, table)));
  for (const table of facts.tables) {
    causes.push(...gateCauses(facts, table));
    if ('value' in facts.postgres) causes.push(...rowCauses(table));
  }
  return causes;
}

function isLate(facts: Facts, table: TableFacts, partition: PartitionFacts): boolean {
  return standOf(facts, table, partition)?.waitsFor === 'archive';
}

function troubleCauses(facts: Facts, table: TableFacts): Cause[] {
  return table.partitions.flatMap((partition): Cause[] => {
    const { trouble } = partition;
    if (trouble === null) return [];
    const { code, detail, remedy, isFinal, process, at } = trouble;
    const said = `${code === null ? '' : `${code}: `}${detail}`;
    const when = `${process}, ${formatAge(facts.now - at)} ago`;
    return [
      {
        code: isFinal ? 'archive-stopped' : 'partition-failing',
        table: table.table,
        partition: partition.partition,
        // It was told because the unit under way did not get on, whatever the hour.
        holds: isFinal || isLate(facts, table, partition),
        detail: `${said} (${when}; ${isFinal ? 'the process ended' : 'it tries again by itself'})`,
        remedy: isFinal ? `${remedy} Then start tidemark archive again.` : remedy,
      },
    ];
  });
}

function noMember(facts: Facts, { group }: KafkaFacts): Cause {
  return {
    ...{ code: 'no-member', table: null, partition: null },
    holds: facts.tables.some((table) => lateFor(facts, table, 'archive').length > 0),
    detail: `no process is in the archive's group (it is ${group.state === 'Dead' ? 'not there' : group.state.toLowerCase()})`,
    remedy: 'tidemark archive (or tidemark run)',
  };
}

function memberCauses(facts: Facts, { group }: KafkaFacts, table: TableFacts): Cause[] {
  return table.partitions.flatMap((partition): Cause[] => {
    const owner = group.members.find(({ partitions }) =>
      partitions.get(table.topic)?.includes(partition.partition),
    );
    if (owner === undefined) return [unassigned(facts, table, partition)];
    if (partition.trouble !== null || !isLate(facts, table, partition)) return [];
    return [busyOrSilent(facts, table, partition, owner)];
  });
}

function unassigned(facts: Facts, table: TableFacts, partition: PartitionFacts): Cause {
  return {
    ...{ code: 'partition-unassigned', table: table.table, partition: partition.partition },
    holds: isLate(facts, table, partition),
    detail: `no member of the group has ${table.topic}/${partition.partition}: they do not know of it`,
    remedy: 'restart tidemark archive with this configuration; tidemark check says whether the topic fits it',
  };
}

/** A process that has committed lately works; one that has not packs a large window, or hangs. */
const BUSY_MICROS = 60 * MICROS_PER_SECOND;

function busyOrSilent(
  facts: Facts,
  table: TableFacts,
  { partition, lastCommitAt, watermark }: PartitionFacts,
  owner: GroupMember,
): Cause {
  const place = { table: table.table, partition, holds: true };
  const ago = lastCommitAt === null ? null : facts.now - lastCommitAt;
  const who = `${owner.host} (${owner.memberId})`;
  if (ago !== null && ago <= BUSY_MICROS) {
    return {
      ...{ ...place, code: 'backlog' },
      detail: `${who} works through a backlog: its last commit is ${formatAge(ago)} old, the watermark stands at ${formatMicros(watermark!)}`,
      remedy: `nothing, or more processes: start tidemark archive up to ${table.partitions.length} times`,
    };
  }
  return {
    ...{ ...place, code: 'member-silent' },
    detail: `the partition belongs to ${who}, which has committed nothing ${ago === null ? 'that the events show' : `for ${formatAge(ago)}`} and tells no trouble`,
    remedy:
      'look at its log: it packs a large window, its clock is behind, or it hangs; a process that was stopped (SIGSTOP) or hangs is replaced by killing it',
  };
}

/** The mark came late, and the gate lets it pass `lag − lateness` after its clock. */
function gateCauses(facts: Facts, table: TableFacts): Cause[] {
  const late = lateFor(facts, table, 'gate');
  if (late.length === 0) return [];
  const opens = Math.max(...late.map(({ partition }) => passesGateAt(table, partition)));
  return [
    {
      ...{ code: 'gate', table: table.table, partition: null, holds: true },
      detail: `the mark that closes the window of ${formatMicros(late[0]!.stand.nextEnd)} came late (capture was away, or a transaction was open): it passes the gate in ${formatAge(Math.max(0, opens - facts.now))}`,
      remedy: 'nothing: the window is archived then',
    },
  ];
}

function passesGateAt({ lagMicros, latenessMicros }: TableFacts, { closingClock }: PartitionFacts): Micros {
  return ((closingClock ?? 0) + lagMicros - latenessMicros) as Micros;
}

/** The row follows within moments; what is further behind than this does not. */
const ROW_BEHIND_MICROS = 10 * MICROS_PER_SECOND;

function rowCauses(table: TableFacts): Cause[] {
  const place = { table: table.table, partition: null };
  if (table.archivedUntil === null) {
    return [
      {
        ...{ ...place, code: 'row-missing', holds: true },
        detail: `des_archive_config has no row for ${table.table}: archived_until cannot follow`,
        remedy: 'tidemark init',
      },
    ];
  }
  const watermarks = table.partitions.map(({ watermark }) => watermark);
  if (watermarks.length === 0 || watermarks.includes(null)) return [];
  const behind = Math.min(...(watermarks as Micros[])) - table.archivedUntil;
  if (behind <= Math.max(ROW_BEHIND_MICROS, 2 * table.sizeMicros)) return [];
  return [
    {
      ...{ ...place, code: 'row-behind', holds: true },
      detail: `archived_until in Postgres is ${formatAge(behind)} behind what is archived: the UPDATE does not come through`,
      remedy:
        'tidemark check --for archive; a lock on the row shows in pg_stat_activity (application tidemark-archive)',
    },
  ];
}
