import { formatBytesShort, formatCount } from '../../src/cli/text-table.ts';
import { duration, share, times } from './figures.ts';
import { updateInServerMs, updateWalBytes } from './strategies-report.ts';
import type { Ratios, StrategiesReport } from './strategies-report.ts';
import type { StrategyCost } from './strategy-cost.ts';
import { STRATEGIES } from './strategy.ts';

/** The same cells for the terminal and for the documentation. */
export interface CostTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

interface Line {
  readonly label: string;
  readonly cell: (cost: StrategyCost) => string;
  readonly ratio?: keyof Ratios;
  /** As the seed prints it. */
  readonly claim?: string;
}

const HEADINGS = {
  perRecord: 'per-record',
  watermark: 'watermark',
  stream: 'stream',
  script: 'script',
} as const;

const LINES: readonly Line[] = [
  { label: 'total time', cell: ({ totalMs }) => duration(totalMs), ratio: 'total', claim: '4.3×' },
  { label: 'SELECT time', cell: ({ selectMs }) => duration(selectMs), ratio: 'select', claim: '1.4×' },
  { label: '– of it in the server', cell: ({ statements }) => duration(statements.selectFiles.ms) },
  { label: 'UPDATE time', cell: ({ updateMs }) => duration(updateMs), ratio: 'update', claim: '3,600×' },
  {
    label: '– of it in the server',
    cell: (cost) => duration(updateInServerMs(cost)),
    ratio: 'updateInServer',
  },
  { label: 'packing time', cell: ({ packMs }) => duration(packMs), ratio: 'pack', claim: '1.05×' },
  {
    label: '– of it validation',
    cell: ({ validateMs }) => duration(validateMs),
    ratio: 'validate',
    claim: '~1×',
  },
  {
    label: 'connections, most',
    cell: ({ connections }) => String(connections),
    ratio: 'connections',
    claim: '5×',
  },
  { label: '– active, on average', cell: ({ connectionsActiveMean }) => connectionsActiveMean.toFixed(2) },
  { label: 'WAL', cell: ({ walBytes }) => formatBytesShort(walBytes), ratio: 'wal', claim: '3,000,000×' },
  {
    label: '– of the UPDATEs',
    cell: (cost) => formatBytesShort(updateWalBytes(cost)),
    ratio: 'updateWal',
  },
  { label: '– of the SELECTs', cell: ({ statements }) => formatBytesShort(statements.selectFiles.walBytes) },
  {
    label: '– of other statements',
    cell: ({ statements }) => formatBytesShort(statements.other.walBytes),
  },
  {
    label: '– outside of statements',
    cell: ({ walOutsideStatementsBytes }) => formatBytesShort(walOutsideStatementsBytes),
  },
  {
    label: 'UPDATE statements',
    cell: ({ statements }) => formatCount(statements.updateFiles.calls + statements.updateWatermark.calls),
  },
  {
    label: 'table, before → after',
    cell: ({ tableBytesBefore, tableBytesAfter }) => growth(tableBytesBefore, tableBytesAfter),
  },
  {
    label: 'indexes, before → after',
    cell: ({ indexBytesBefore, indexBytesAfter }) => growth(indexBytesBefore, indexBytesAfter),
  },
  {
    label: 'dead or free in the table',
    cell: ({ deadBytes, freeBytes, tableBytesAfter }) => share((deadBytes + freeBytes) / tableBytesAfter),
  },
  {
    label: 'I/O wait of the machine',
    cell: ({ ioWaitShare }) => share(ioWaitShare),
    ratio: 'ioWait',
    claim: '5.6×',
  },
  { label: 'I/O time of Postgres', cell: ({ postgresIoMs }) => duration(postgresIoMs) },
  { label: 'CPU use of the machine', cell: ({ cpuShare }) => share(cpuShare) },
  { label: '– CPU time of the tool', cell: ({ toolCpuMs }) => duration(toolCpuMs) },
  { label: '– of Postgres', cell: ({ postgresCpuMs }) => duration(postgresCpuMs) },
  { label: '– of Kafka', cell: ({ kafkaCpuMs }) => duration(kafkaCpuMs) },
  {
    label: 'lock waits seen',
    cell: ({ lockWaitSamples, samples }) => `${lockWaitSamples} of ${formatCount(samples)}`,
  },
  {
    label: 'shards',
    cell: ({ shards, shardBytes }) => `${formatCount(shards)}, ${formatBytesShort(shardBytes)}`,
  },
];

export function costTable(report: StrategiesReport): CostTable {
  const names = STRATEGIES.filter((name) => report.strategies[name] !== undefined);
  const hasRatios = report.strategies.perRecord !== undefined && report.strategies.watermark !== undefined;
  const ratioHead = hasRatios ? ['per-record / watermark', 'claimed'] : [];
  return {
    head: ['', ...names.map((name) => HEADINGS[name]), ...ratioHead],
    rows: LINES.map(({ label, cell, ratio, claim }) => [
      label,
      ...names.map((name) => cell(report.strategies[name]!)),
      ...(hasRatios ? [ratio === undefined ? '' : ratioText(report.ratios[ratio]), claim ?? ''] : []),
    ]),
  };
}

function ratioText(ratio: number | boolean | null): string {
  return typeof ratio === 'boolean' ? String(ratio) : times(ratio);
}

function growth(before: number, after: number): string {
  return `${formatBytesShort(before)} → ${formatBytesShort(after)}`;
}
