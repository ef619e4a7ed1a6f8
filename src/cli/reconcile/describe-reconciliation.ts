import { formatCount, textTable } from '../text-table.ts';
import { isEqual } from './reconcile-report.ts';
import type {
  Difference,
  ReconcileCounts,
  ReconcileReport,
  TableReconciliation,
} from './reconcile-report.ts';

/** The report for people. Pure. */
export function describeReconciliation(report: ReconcileReport): string {
  const lines = [`${report.name}  created_at after ${report.from}, up to ${report.to}`];
  for (const table of report.tables) lines.push('', ...describeTable(table));
  return lines.join('\n');
}

const KINDS: Readonly<Record<Exclude<keyof ReconcileCounts, 'table' | 'archived'>, string>> = {
  equal: 'equal',
  rejected: 'listed as rejects',
  notYetDue: 'not yet due: later than the watermark',
  unread: 'equal as far as the index says: their source files are gone or cannot be read here',
  missing: 'MISSING: in the table, in no shard and not listed as rejects',
  extra: 'EXTRA: in a shard, not in the table',
  different: 'DIFFERENT: location, size or bytes',
  doubled: 'DOUBLED: in more than one shard',
};

function describeTable({ table, watermark, counts, unsealed, differences }: TableReconciliation): string[] {
  const rows = (Object.keys(KINDS) as (keyof typeof KINDS)[])
    .filter((kind) => kind === 'equal' || counts[kind] > 0)
    .map((kind) => [counts[kind], KINDS[kind]]);
  return [
    `${table}  watermark ${watermark}`,
    textTable(['rows', ''], [[counts.table, 'in the table'], [counts.archived, 'in shards'], ...rows]),
    ...describeDifferences(counts, differences),
    ...(unsealed === null || unsealed === 0
      ? []
      : [
          `${formatCount(unsealed)} rows are in Kafka and not sealed yet. Late rows among them count as missing until then: run it again once \`tidemark status\` shows none overdue.`,
        ]),
    isEqual(counts) ? 'table and shards agree' : 'table and shards differ',
  ];
}

function describeDifferences(counts: ReconcileCounts, differences: readonly Difference[]): string[] {
  if (differences.length === 0) return [];
  const lines = differences.map(({ kind, createdAt, uid, shard, what }) => [
    kind,
    createdAt,
    JSON.stringify(uid),
    shard === null ? what : `${what}  (${shard})`,
  ]);
  const all = counts.missing + counts.extra + counts.different + counts.doubled;
  const rest = all - differences.length;
  return [
    '',
    textTable(['', 'created_at', 'uid', ''], lines),
    ...(rest > 0 ? [`and ${formatCount(rest)} more; --show N lists the first N of each kind`] : []),
    '',
  ];
}
