import { costTable } from './cost-rows.ts';
import { times } from './figures.ts';
import type { StrategiesReport } from './strategies-report.ts';
import type { VariationReport } from './bench-variation.ts';
import { variationTable } from './bench-variation.ts';
import { verdicts } from './verdicts.ts';

export const BEGIN = '<!-- written by npm run bench:strategies:plot from here … -->';
export const END = '<!-- … to here -->';

/** The part of docs/strategies-measured.md that follows from files of figures: a table a run, then what they depend on. */
export function measuredPart(
  reports: readonly StrategiesReport[],
  variations: readonly VariationReport[],
): string {
  const sorted = [...reports].sort((a, b) => b.rows - a.rows);
  return [
    BEGIN,
    ...(sorted.length > 1 ? ['', growthTable(sorted)] : []),
    ...sorted.flatMap(reportPart),
    ...variations.flatMap(variationPart),
    '',
    END,
  ].join('\n');
}

/** The same part of docs/strategies.md: the table of the run in which most strategies stood side by side. */
export function summaryPart(reports: readonly StrategiesReport[]): string {
  const strategiesOf = (report: StrategiesReport): number => Object.keys(report.strategies).length;
  const [first] = [...reports].sort((a, b) => strategiesOf(b) - strategiesOf(a) || b.rows - a.rows);
  return [BEGIN, ...(first === undefined ? [] : reportPart(first)), '', END].join('\n');
}

/** @throws Error when the page has no place for it. */
export function withMeasuredPart(page: string, part: string): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from === -1 || to < from) throw new Error(`the page has no part between ${BEGIN} and ${END}`);
  return page.slice(0, from) + part + page.slice(to + END.length);
}

function reportPart(report: StrategiesReport): string[] {
  const { rows, sizeBytes, distinctFiles, batchRows, machine } = report;
  const shared = distinctFiles < rows ? ` (${count(distinctFiles)} on disk, shared by the rows)` : '';
  const { head, rows: cells } = costTable(report);
  return [
    '',
    `### ${count(rows)} rows`,
    '',
    `Files of ${count(sizeBytes)} bytes${shared}, batches of ${count(batchRows)} where records are marked; ${machine.processors} × ${machine.model}, Node ${machine.node}.`,
    '',
    markdownTable(head, cells),
    '',
    ...verdicts(report).map((sentence) => `- ${sentence}`),
  ];
}

function growthTable(reports: readonly StrategiesReport[]): string {
  const head = ['rows', 'total', 'UPDATE', 'WAL of the UPDATEs', 'all WAL', 'watermark / packing alone'];
  const rows = [...reports]
    .reverse()
    .map(({ rows, ratios }) => [
      count(rows),
      ...[ratios.total, ratios.update, ratios.updateWal, ratios.wal, ratios.packAlone].map(times),
    ]);
  return `### How many times less the watermark takes\n\n${markdownTable(head, rows)}`;
}

function variationPart(report: VariationReport): string[] {
  const { head, rows } = variationTable(report);
  const used = report.runs[0]?.report;
  return [
    '',
    `### By ${report.label}`,
    '',
    `${count(used?.rows ?? 0)} rows. Of the last five columns four are per-record / watermark.`,
    '',
    markdownTable(head, rows),
  ];
}

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, column) => (column === 0 ? '---' : '---:'))), ...rows.map(line)].join(
    '\n',
  );
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
