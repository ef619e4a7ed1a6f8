import { formatSeconds, formatCount } from '../text-table.ts';
import { describeCapture } from './describe-capture.ts';
import { describeRows, describeSnapshot } from './describe-rows.ts';
import type { CleanupStandReport, StatusReport, TableReport } from './status-report.ts';

/** The report for people. Pure. */
export function describeStatus(report: StatusReport): string {
  const { archivedBy } = report;
  const how =
    archivedBy === 'stream'
      ? describeCapture(report)
      : ['archived by `tidemark run-cycle`: the configuration names no brokers'];
  const lines = [`${report.name}  ${report.at}`, ...how];
  for (const table of report.tables) lines.push('', ...describeTable(table, archivedBy));
  for (const { code, detail, remedy } of report.problems)
    lines.push('', `${code}: ${detail}`, `  what to do: ${remedy}`);
  return lines.join('\n');
}

function describeTable(table: TableReport, archivedBy: StatusReport['archivedBy']): string[] {
  return [
    table.table,
    `  watermark   ${table.watermark ?? 'none yet'}${ageOf(table)}`,
    ...(table.archivedUntil === table.watermark ? [] : [`  in Postgres ${table.archivedUntil ?? 'unknown'}`]),
    ...(table.snapshot === null ? [] : [describeSnapshot(table.snapshot)]),
    ...(archivedBy === 'stream' ? describeRows(table) : []),
    ...(table.windowsAfterWatermark === null
      ? []
      : [`  windows     ${formatCount(table.windowsAfterWatermark)} between watermark and now`]),
    ...table.lastSeals.map(
      (seal) =>
        `  sealed      ${seal.at}  ${seal.manifest}  ${formatCount(seal.archived)} rows${seal.rejected === 0 ? '' : `, ${formatCount(seal.rejected)} rejected`}`,
    ),
    ...table.lastRejects.map(
      (reject) =>
        `  rejected    ${reject.at}  ${reject.uid ?? '(no uid)'}  ${reject.reason}  ${reject.detail}`,
    ),
    ...(table.cleanup === null ? [] : describeCleanup(table.cleanup)),
  ];
}

function describeCleanup({ doneUntil, trouble }: CleanupStandReport): string[] {
  return [
    `  cleaned up  ${doneUntil === null ? 'nothing yet' : `what was announced until ${doneUntil}`}`,
    ...(trouble === null ? [] : [`  waits       ${trouble}`]),
  ];
}

function ageOf({ watermarkAgeSeconds, behindSeconds }: TableReport): string {
  if (watermarkAgeSeconds === null || behindSeconds === null) return '';
  const behind =
    behindSeconds === 0 ? 'all that is due is archived' : `${formatSeconds(behindSeconds)} behind`;
  return `   ${formatSeconds(watermarkAgeSeconds)} old, ${behind}`;
}
