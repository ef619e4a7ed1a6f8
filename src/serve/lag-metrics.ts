import type { Registry } from 'prom-client';
import type { Clock } from '../base/clock.ts';
import { MICROS_PER_SECOND } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';
import { instrumentsOf } from './instruments.ts';
import type { RowLagReading } from './metrics-options.ts';
import type { Probe } from './probe.ts';

interface TableLagProbe {
  readonly table: string;
  /** Null in processes that do not archive. */
  readonly probe: Probe<RowLagReading> | null;
}

/** Where the rows of each table stand, from one reading a table. */
export function observeRowLag(
  registry: Registry,
  { lags, clock }: { readonly lags: readonly TableLagProbe[]; readonly clock: Clock },
): void {
  const { reading } = instrumentsOf(registry);
  const each = (visit: (table: string, lag: RowLagReading) => void): void => {
    for (const { table, probe } of lags) {
      const lag = probe?.look();
      if (lag !== undefined) visit(table, lag);
    }
  };
  reading('rowsOverdue', (rows) => {
    rows.reset();
    each((table, { overdue }) => rows.set({ table }, overdue));
  });
  reading('rowsNotYetDue', (rows) => {
    rows.reset();
    each((table, { notYetDue }) => rows.set({ table }, notYetDue));
  });
  reading('lagRecords', (records) => {
    records.reset();
    each((_table, { topic, partitions }) => {
      for (const { partition, notYetDue, gathering, overdue } of partitions) {
        records.set({ topic, partition, state: 'not_yet_due' }, notYetDue);
        records.set({ topic, partition, state: 'gathering' }, gathering);
        records.set({ topic, partition, state: 'overdue' }, overdue);
      }
    });
  });
  reading('lagOffsets', (offsets) => {
    offsets.reset();
    each((_table, { topic, partitions }) => {
      for (const { partition, progress, offsets: lag } of partitions)
        if (progress !== null) offsets.set({ topic, partition }, lag);
    });
  });
  reading('overdueAge', (seconds) => {
    seconds.reset();
    each((table, lag) => seconds.set({ table }, overdueAge(lag, clock.now())));
  });
}

function overdueAge({ partitions }: RowLagReading, now: Micros): number {
  const since = partitions.map(({ overdueSince }) => overdueSince ?? now);
  return Math.max(0, now - Math.min(now, ...since)) / MICROS_PER_SECOND;
}
