import { formatMicros } from '../../model/micros.ts';
import { formatCount } from '../text-table.ts';
import { SKIPPED_ROWS_MAX } from './adjust-plan.ts';
import type { AdjustPlan, PartitionPlan } from './adjust-plan.ts';

/** What follows from a plan, for the person who must say yes. Pure. */
export function describePlan(plan: AdjustPlan): string {
  const { table, to, archivedUntil, partitions } = plan;
  const isOfCycles = partitions.length === 0;
  const lines = [
    `${table}: watermark to ${formatMicros(to)}`,
    `  in Postgres   ${formatMicros(archivedUntil)} → ${formatMicros(to)}`,
    ...partitions.map(describePartition),
  ];
  const goesBack = isOfCycles ? to < archivedUntil : partitions.some(({ direction }) => direction === 'back');
  const goesForward = partitions.some(({ direction }) => direction === 'forward');
  if (goesBack) lines.push('', ...(isOfCycles ? cycleBackLines(plan) : backLines(plan)));
  if (goesForward || (!goesBack && to > archivedUntil))
    lines.push('', ...(isOfCycles ? cycleForwardLines(plan) : forwardLines(plan)));
  return lines.join('\n');
}

function describePartition({ partition, direction, before, after }: PartitionPlan): string {
  const name = `  partition ${partition}`.padEnd(16);
  if (before === null) return `${name}nothing committed yet: it begins where the row in Postgres says`;
  if (after === null) return `${name}stands there already`;
  return `${name}${formatMicros(before.watermark)} → ${formatMicros(after.watermark)} (${direction}), reads again from offset ${after.offset}, before from ${before.offset}`;
}

function backLines({ regathered: { seals, shards } }: AdjustPlan): string[] {
  return [
    'Back:',
    `  - The windows above are gathered again from the log. ${formatCount(seals)} seals with ${formatCount(shards)} shards of them are on the sink.`,
    '  - A seal that comes out equal is adopted as it is. A row that stands in a shard is not archived a second time.',
    '  - A seal whose manifest is missing is packed again, from the source files as they are today: what is gone by now',
    '    becomes a reject.',
    '  - Nothing on the sink is overwritten: a seal that comes out otherwise, because window.size, lateness or limits',
    '    were others then, stops the archive with ERR_SHARD_CONFLICT.',
    '  - Subscribers see the events of these windows once more, with the same ids.',
  ];
}

function cycleBackLines({ regathered: { seals, shards } }: AdjustPlan): string[] {
  return [
    'Back:',
    `  - The next cycle reads the rows above from the table again. ${formatCount(seals)} seals with ${formatCount(shards)} shards of them are on the sink.`,
    '  - A seal of the same rows is adopted as it is; what another one lacks becomes a supplement. A row that stands in',
    '    a shard is not archived a second time, and nothing on the sink is overwritten.',
    '  - A seal whose manifest is missing is packed again, from the source files as they are today: what is gone by now',
    '    becomes a reject.',
  ];
}

function cycleForwardLines({ skippedRows }: AdjustPlan): string[] {
  return [
    'Forward:',
    `  - The table has ${countOf(skippedRows)} rows created in between. Those that no cycle has archived yet never are.`,
    '  - Readers take what lies below the new watermark for complete from now on.',
  ];
}

function countOf(skippedRows: number): string {
  return `${formatCount(skippedRows)}${skippedRows >= SKIPPED_ROWS_MAX ? ' or more' : ''}`;
}

function forwardLines({ skippedRows }: AdjustPlan): string[] {
  return [
    'Forward:',
    '  - Rows in between that are in the log and not sealed yet are not lost: they are archived late, as supplements of',
    '    their windows.',
    `  - The table has ${countOf(skippedRows)} rows created in between. Those of them that capture has not sent, and will not`,
    '    send because they are older than its slot, are never archived.',
    '  - Readers take what lies below the new watermark for complete from now on.',
  ];
}
