import { formatSeconds } from '../text-table.ts';
import type { Cause, Explanation, TableOutlook } from './explanation.ts';

/** The explanation for people. Pure. */
export function describeExplanation({ name, at, causes, tables }: Explanation): string {
  const lines = [`${name}  ${at}`, ''];
  if (causes.length === 0) for (const table of tables) lines.push(describeOutlook(table));
  else causes.forEach((cause, index) => lines.push(...describeCause(cause, index + 1)));
  return lines.join('\n');
}

function describeCause(cause: Cause, number: number): string[] {
  const { code, table, partition, holds, detail, remedy } = cause;
  const place = [table, partition === null ? null : `partition ${partition}`].filter((part) => part !== null);
  return [
    `${number}. ${[code, ...place].join('  ')}${holds ? '' : '  (does not hold the watermark yet)'}`,
    `   ${detail}`,
    `   what to do: ${remedy}`,
  ];
}

function describeOutlook({ table, watermark, nextWindowEnd, dueInSeconds }: TableOutlook): string {
  if (watermark === null || dueInSeconds === null) return `${table}  nothing: no row has come yet`;
  const when =
    dueInSeconds >= 0
      ? `next window due in ${formatSeconds(dueInSeconds)}`
      : `the next window became due ${formatSeconds(-dueInSeconds)} ago and is on its way`;
  return `${table}  nothing: ${when} (it ends at ${nextWindowEnd}; watermark ${watermark})`;
}
