import { formatCount, textTable } from '../text-table.ts';

/** What `tidemark sync-archived --json` prints (docs/sync-archived.md). Part of the product's face: fields are added, never changed. */
export interface SyncReport {
  readonly name: string;
  readonly dryRun: boolean;
  /** False when a signal ended it: the next run goes on. */
  readonly finished: boolean;
  readonly tables: readonly TableSync[];
}

export interface TableSync {
  readonly table: string;
  readonly column: string;
  /** archived_until as it was read last; no row above it was looked at. */
  readonly watermark: string;
  /** created_at of the last row that was looked at; null when there was none. */
  readonly reached: string | null;
  /** Rows that were set; with --dry-run: that would be. */
  readonly rows: number;
  /** UPDATE statements. */
  readonly updates: number;
  /** Rows at or below the watermark that no shard holds: rejects, late rows that wait, rows from before the archive. They stay as they are. */
  readonly unarchived: number;
  /** Archived rows that somebody held locked or changed at that moment; the next run takes them. */
  readonly passedOver: number;
  readonly finished: boolean;
}

/** The report for people. Pure. */
export function describeSync({ dryRun, finished, tables }: SyncReport): string {
  const head = ['table', dryRun ? 'would be set' : 'set', 'UPDATEs', 'in no shard', 'passed over', 'reached'];
  const rows = tables.map((table) => [
    table.table,
    table.rows,
    table.updates,
    table.unarchived,
    table.passedOver,
    table.reached ?? '(no row left)',
  ]);
  const sum = (pick: (table: TableSync) => number): number =>
    tables.reduce((total, table) => total + pick(table), 0);
  const [unarchived, passedOver] = [sum((table) => table.unarchived), sum((table) => table.passedOver)];
  return [
    textTable(head, rows),
    ...(unarchived === 0
      ? []
      : [
          `${formatCount(unarchived)} rows up to the watermark are in no shard and stay as they are: \`tidemark rejects --open\` and \`tidemark reconcile\` say why.`,
        ]),
    ...(passedOver === 0 ? [] : [`${formatCount(passedOver)} rows were in use; the next run takes them.`]),
    ...(finished ? [] : ['stopped before its end; the next run goes on from there']),
  ].join('\n');
}
