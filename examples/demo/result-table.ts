import type { ArchiveSummary } from './archive-summary.ts';
import type { Comparison } from './compare.ts';
import type { WriteCounts } from './writers.ts';

/** Everything that one demonstration found out. */
export interface DemoResult {
  readonly folder: string;
  readonly comparison: Comparison;
  readonly archive: ArchiveSummary;
  readonly counts: Readonly<WriteCounts>;
  readonly updates: { readonly files: number; readonly watermark: number };
  readonly kills: number;
  readonly seconds: number;
  /** Empty when everything holds. */
  readonly problems: readonly string[];
}

const count = (value: number): string => value.toLocaleString('en-US');
const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;

/** The short table at the end: two columns, and a remark where a number needs one. */
export function resultTable(result: DemoResult): string {
  const { comparison, archive, counts, updates } = result;
  const rejects = Object.entries(comparison.rejects).map(([reason, rows]) => `${reason} ${rows}`);
  const ratio = archive.shardBytes === 0 ? 0 : comparison.sourceBytes / archive.shardBytes;
  const rows: [string, string, string][] = [
    ['rows in the table', count(comparison.rows), `${count(counts.rolledBack)} more were rolled back`],
    ['archived, read back, equal', count(comparison.archived), 'every row once, every byte the same'],
    ['rejects', count(comparison.rows - comparison.archived), rejects.join(', ')],
    ['late', count(archive.lateRows), 'rows in supplement shards'],
    ['duplicates', count(archive.duplicates), 'rows that came more than once and were archived once'],
    ['bytes in', megabytes(comparison.sourceBytes), 'files'],
    ['bytes out', megabytes(archive.shardBytes), `shards, ${ratio.toFixed(1)} times smaller`],
    ['shards', count(archive.shards.length), ''],
    ['windows', count(archive.windows), ''],
    ['UPDATEs of the table', count(updates.files), 'as Postgres counts them'],
    ['UPDATEs of the watermark', count(updates.watermark), 'one row each'],
    ['killed with SIGKILL', count(result.kills), ''],
    ['time', `${Math.round(result.seconds)} s`, ''],
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  const widthOfNumbers = Math.max(...rows.map(([, value]) => value.length));
  return rows
    .map(([label, value, remark]) =>
      `  ${label.padEnd(width)}  ${value.padStart(widthOfNumbers)}  ${remark}`.trimEnd(),
    )
    .join('\n');
}
