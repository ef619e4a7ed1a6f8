import { formatSeconds, formatCount, textTable } from '../text-table.ts';
import type { PartitionReport, SnapshotReport, TableReport } from './status-report.ts';

const HEAD = ['', 'not yet due', 'gathered', 'overdue', 'oldest overdue', 'Kafka lag', 'watermark'];

/** Where the rows are, in each partition and in total, for people. Pure. */
export function describeRows({ rows, partitions, watermark }: TableReport): string[] {
  if (rows === null) return ['  rows        unknown'];
  const known = partitions.flatMap((partition) =>
    partition.rows === null ? [] : [{ ...partition, rows: partition.rows }],
  );
  const lines = known.map(({ partition, rows: counts, watermark: reached }) => [
    `partition ${partition}`,
    ...cells(counts),
    counts.kafkaLag ?? 'none yet',
    reached ?? 'none yet',
  ]);
  const lags = known.flatMap(({ rows: { kafkaLag } }) => (kafkaLag === null ? [] : [kafkaLag]));
  const kafkaLag = lags.length === 0 ? 'none yet' : lags.reduce((sum, lag) => sum + lag, 0);
  const total = ['total', ...cells(rows), kafkaLag, watermark ?? 'none yet'];
  return [
    `  rows        ${formatCount(rows.sent)} sent   ${formatCount(rows.sealed)} sealed`,
    ...textTable(HEAD, [...lines, total])
      .split('\n')
      .map((line) => `  ${line}`),
  ];
}

type Counts = Pick<
  NonNullable<PartitionReport['rows']>,
  'notYetDue' | 'gathering' | 'overdue' | 'oldestOverdueSeconds'
>;

function cells({ notYetDue, gathering, overdue, oldestOverdueSeconds }: Counts): (string | number)[] {
  return [
    notYetDue,
    gathering,
    overdue,
    oldestOverdueSeconds === null ? '' : formatSeconds(oldestOverdueSeconds),
  ];
}

export function describeSnapshot({ rows, estimatedRows, secondsLeft }: SnapshotReport): string {
  const of = estimatedRows === null ? '' : ` of about ${formatCount(estimatedRows)}`;
  const left = secondsLeft === null ? '' : `, about ${formatSeconds(secondsLeft)} left`;
  return `  snapshot    ${formatCount(rows)} rows read${of}${left}`;
}
