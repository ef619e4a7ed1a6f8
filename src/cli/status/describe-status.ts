import { MICROS_PER_SECOND } from '../../model/micros.ts';
import { formatAge, formatBytesShort, formatCount } from '../text-table.ts';
import type { CleanupStandReport, SlotReport, StatusReport, TableReport } from './status-report.ts';

/** The report for people. Pure. */
export function describeStatus(report: StatusReport): string {
  const { archivedBy } = report;
  const how =
    archivedBy === 'stream'
      ? describeSource(report)
      : 'archived by `tidemark run-cycle`: the configuration names no brokers';
  const lines = [`${report.name}  ${report.at}`, how];
  for (const table of report.tables) lines.push('', ...describeTable(table, archivedBy));
  for (const { code, detail, remedy } of report.problems)
    lines.push('', `${code}: ${detail}`, `  what to do: ${remedy}`);
  return lines.join('\n');
}

function describeSource({ connector, slot }: StatusReport): string {
  if (connector === null) return `slot  ${describeSlot(slot)}`;
  const { topicPrefix, reader, standbys, unreadRecords } = connector;
  const who = reader === null ? 'nobody reads its topics' : `read by ${reader}`;
  const others = standbys === 0 ? '' : `, ${formatCount(standbys)} standing by`;
  return `connector  ${topicPrefix}  ${who}${others}, ${formatCount(unreadRecords)} records unread`;
}

function describeSlot(slot: SlotReport | null): string {
  if (slot === null) return 'unknown';
  const reader = slot.activePid === null ? '' : `, read by pid ${slot.activePid}`;
  const lag = slot.lagBytes === null ? '' : `, ${formatBytesShort(slot.lagBytes)} of WAL held`;
  return `${slot.name}  ${slot.state}${reader}${lag}`;
}

function describeTable(table: TableReport, archivedBy: StatusReport['archivedBy']): string[] {
  const { rows } = table;
  return [
    table.table,
    `  watermark   ${table.watermark ?? 'none yet'}${ageOf(table)}`,
    ...(table.archivedUntil === table.watermark ? [] : [`  in Postgres ${table.archivedUntil ?? 'unknown'}`]),
    ...(archivedBy === 'stream' ? [describeRows(rows)] : []),
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

function describeRows(rows: TableReport['rows']): string {
  return rows === null
    ? '  rows        unknown'
    : `  rows        ${formatCount(rows.sealed)} sealed   ${formatCount(rows.notYetDue)} not yet due   ${formatCount(rows.gathering)} being gathered   ${formatCount(rows.overdue)} overdue`;
}

function ageOf({ watermarkAgeSeconds, behindSeconds }: TableReport): string {
  if (watermarkAgeSeconds === null || behindSeconds === null) return '';
  const behind =
    behindSeconds === 0
      ? 'all that is due is archived'
      : `${formatAge(behindSeconds * MICROS_PER_SECOND)} behind`;
  return `   ${formatAge(watermarkAgeSeconds * MICROS_PER_SECOND)} old, ${behind}`;
}
