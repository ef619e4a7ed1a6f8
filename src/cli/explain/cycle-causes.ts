import { formatMicros, MICROS_PER_MS } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import { floorToWindow, nextWindowEnd } from '../../model/window.ts';
import { describeHolder } from '../../watermark/table-lock.ts';
import { formatAge } from '../text-table.ts';
import type { Cause } from './explanation.ts';
import type { CycleFacts, CyclePostgresFacts, CycleTableFacts } from './facts.ts';
import { hiddenCause, transactionCause } from './transaction-causes.ts';

/** What keeps rows from being archived where cycles do it. Pure. */
export function cycleCauses(facts: CycleFacts): Cause[] {
  const whole = { table: null, partition: null, holds: true };
  if ('problem' in facts.postgres) {
    const { code, detail, remedy } = facts.postgres.problem;
    return [{ ...whole, code: 'postgres-away', detail: `${detail} (${code}): no cycle can run`, remedy }];
  }
  const postgres = facts.postgres.value;
  const unmet = postgres.unmet.map(({ name, detail, remedy }): Cause => {
    const about = { detail: `${name}: ${detail}`, remedy: remedy ?? 'tidemark check --for watermark' };
    return { ...whole, code: 'requirement-missing', ...about };
  });
  return [...unmet, ...facts.tables.flatMap((table) => tableCauses(facts, postgres, table))];
}

function tableCauses(facts: CycleFacts, postgres: CyclePostgresFacts, table: CycleTableFacts): Cause[] {
  const place = { table: table.table, partition: null, holds: true };
  const { archivedUntil, sizeMicros, lagMicros, holders } = table;
  if (archivedUntil === null) {
    const detail = `des_archive_config has no row for ${table.table}: no cycle can run`;
    return [{ ...place, code: 'row-missing', detail, remedy: 'tidemark init --batch' }];
  }
  const dueUntil = floorToWindow((facts.now - lagMicros) as Micros, sizeMicros);
  if (dueUntil <= archivedUntil) return [];
  const nextEnd = nextWindowEnd(archivedUntil, sizeMicros);
  const late = `windows up to ${formatMicros(dueUntil)} are due, the first for ${formatAge(facts.now - nextEnd - lagMicros)}`;
  const [holder] = holders;
  if (holder !== undefined) {
    const remedy = 'nothing: archived_until moves when the cycle ends';
    return [
      { ...place, code: 'cycle-running', detail: `${late}: ${describeHolder(holder)} is at work`, remedy },
    ];
  }
  const holding = transactionCauses(facts, postgres, { ...table, nextEnd });
  if (holding.length > 0) return holding;
  const remedy =
    '`tidemark run-cycle`, or let it run: `tidemark run-cycle --continuous --every 1h`; if it is on a schedule, its last log says why it failed';
  return [{ ...place, code: 'cycle-due', detail: `${late}, and no cycle runs`, remedy }];
}

/** A cycle archives no window that an open transaction may still add rows to. */
function transactionCauses(
  facts: CycleFacts,
  { open }: CyclePostgresFacts,
  { table, nextEnd }: { readonly table: string; readonly nextEnd: Micros },
): Cause[] {
  const holding = open.transactions.filter(
    ({ since }) => since < nextEnd && facts.now - since <= facts.marks.holdbackMaxMs * MICROS_PER_MS,
  );
  if (holding.length > 0) return holding.map((transaction) => transactionCause(facts, table, transaction));
  const mayHide = open.isPartial && facts.now - nextEnd <= facts.marks.holdbackMaxMs * MICROS_PER_MS;
  return mayHide ? [hiddenCause(table)] : [];
}
