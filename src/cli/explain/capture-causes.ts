import { formatMicros, MICROS_PER_MS } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import { floorToWindow } from '../../model/window.ts';
import { formatAge, formatBytesShort, formatCount } from '../text-table.ts';
import type { Cause } from './explanation.ts';
import type { Facts, PostgresFacts, TableFacts } from './facts.ts';
import { graceMicros, lateFor } from './partition-stand.ts';
import { hiddenCause, transactionCause } from './transaction-causes.ts';

/** What keeps rows and marks from coming into Kafka. Pure. */
export function captureCauses(facts: Facts): Cause[] {
  if ('problem' in facts.postgres) return [];
  const postgres = facts.postgres.value;
  const silent = facts.tables.filter((table) => isSilent(facts, table));
  const causes = [...slotCauses(facts, postgres), ...silentCauses(facts, postgres, silent)];
  if (causes.length > 0) causes.push(...unmetCauses(facts, postgres));
  for (const table of facts.tables) {
    const isReading = table.snapshot !== null;
    if (isReading) causes.push(snapshotCause(facts, table));
    else if (!silent.includes(table)) causes.push(...partitionsWithoutMarks(facts, table));
    causes.push(...transactionCauses(facts, table, postgres));
  }
  return causes;
}

const WHOLE = { table: null, partition: null };

function slotCauses(facts: Facts, { slot, isSnapshotRead }: PostgresFacts): Cause[] {
  const holds = facts.tables.some((table) => lateFor(facts, table, 'mark').length > 0);
  if (slot.state === 'missing' || slot.state === 'lost') {
    const what = slot.state === 'missing' ? 'does not exist' : 'was invalidated by the server';
    return [
      {
        ...{ ...WHOLE, code: 'slot-lost', holds },
        detail: `slot ${slot.name} ${what}: rows inserted since its last position were not captured`,
        remedy: `${slot.state === 'lost' ? `SELECT pg_drop_replication_slot('${slot.name}'), then ` : ''}tidemark init; the snapshot reads the rows above archived_until again and duplicates are removed`,
      },
    ];
  }
  if (slot.state === 'active' || isSnapshotRead) return [];
  return [
    {
      ...{ ...WHOLE, code: 'capture-down', holds },
      detail: `nobody reads slot ${slot.name}: capture is not running, or does not come to it`,
      remedy: 'tidemark capture (or tidemark run); if it runs, its log says what it waits for',
    },
  ];
}

/** What `check` finds for capture matters while no marks come; another role's missing rights would not. */
export function unmetCauses(facts: Facts, { unmet }: Pick<PostgresFacts, 'unmet'>): Cause[] {
  const holds = facts.tables.some((table) => lateFor(facts, table, 'mark').length > 0);
  return unmet
    .filter(({ name }) => !name.startsWith('slot.'))
    .map(({ name, detail, remedy }) => ({
      ...{ ...WHOLE, code: 'requirement-missing', holds },
      detail: `${name}: ${detail}`,
      remedy: remedy ?? 'tidemark check',
    }));
}

/** No partition of the table has a mark of the last moments. */
export function isSilent(facts: Facts, { partitions }: TableFacts): boolean {
  return partitions.length > 0 && partitions.every(({ lastMark }) => isOld(facts, lastMark));
}

function isOld(facts: Facts, mark: { readonly clock: Micros } | null): boolean {
  return mark === null || facts.now - mark.clock > graceMicros(facts);
}

function silentCauses(facts: Facts, { slot }: PostgresFacts, silent: readonly TableFacts[]): Cause[] {
  if (slot.state !== 'active') return [];
  return silent
    .filter(({ snapshot }) => snapshot === null)
    .map((table) => ({
      ...{ code: 'marks-missing', table: table.table, partition: null },
      holds: lateFor(facts, table, 'mark').length > 0,
      detail: `${lastMarkText(facts, table)}, although the server's process ${slot.activePid} serves a reader of slot ${slot.name}, which holds ${formatBytesShort(slot.lagBytes ?? 0)} of WAL`,
      remedy:
        'look at the log of capture: it is stopped, cannot write to Kafka, or has much WAL or a large transaction to work through; if it says nothing, restart it',
    }));
}

export function lastMarkText({ now }: Facts, { table, partitions }: TableFacts): string {
  const clocks = partitions.flatMap(({ lastMark }) => (lastMark === null ? [] : [lastMark.clock]));
  if (clocks.length === 0) return `no mark has ever come for ${table}`;
  return `the last mark of ${table} is ${formatAge(now - Math.max(...clocks))} old`;
}

/** Others have marks, these have none: partitions that were added behind capture's back. */
export function partitionsWithoutMarks(facts: Facts, table: TableFacts): Cause[] {
  return table.partitions
    .filter(({ lastMark }) => isOld(facts, lastMark))
    .map(({ partition, lastMark }) => ({
      ...{ code: 'partition-silent', table: table.table, partition, holds: true },
      detail: `${table.topic}/${partition} ${lastMark === null ? 'has no mark' : `has had no mark for ${formatAge(facts.now - lastMark.clock)}`}, the other partitions have: capture does not know of it`,
      remedy: 'restart capture; partitions of a topic in use must not change (tidemark check)',
    }));
}

function snapshotCause(facts: Facts, table: TableFacts): Cause {
  const { rows, reached } = table.snapshot!;
  const place = reached === null ? '' : `, up to ${formatMicros(reached)}`;
  return {
    ...{ code: 'snapshot', table: table.table, partition: null },
    holds: lateFor(facts, table, 'mark').length > 0,
    detail: `the snapshot reads the rows that were there before: ${formatCount(rows)} so far${place}`,
    remedy: 'nothing: windows follow as it goes on, as long as capture runs',
  };
}

/** No mark passes the start of an open transaction, so every window that needs a later one waits for its end. */
function transactionCauses(facts: Facts, table: TableFacts, { open }: PostgresFacts): Cause[] {
  if (lateFor(facts, table, 'mark').length === 0) return [];
  const lastLate = floorToWindow(
    (facts.now - table.lagMicros - graceMicros(facts)) as Micros,
    table.sizeMicros,
  );
  const holding = open.transactions.filter(
    ({ since, gid }) =>
      facts.now - since <= facts.marks.holdbackMaxMs * MICROS_PER_MS &&
      (gid !== null || since <= lastLate + table.latenessMicros),
  );
  const causes = holding.map((transaction) => transactionCause(facts, table.table, transaction));
  if (causes.length === 0 && open.isPartial) causes.push(hiddenCause(table.table));
  return causes;
}
