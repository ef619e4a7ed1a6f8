import type { Checked } from './check-archive.ts';

export interface Verdict extends Checked {
  readonly faults: number;
  readonly endings: number;
  readonly looks: number;
  readonly rowsWatched: number;
  /** Of everything, seconds. */
  readonly seconds: number;
}

/** What was found, a line each, and over how much. */
export function verdictText(verdict: Verdict): string {
  const figures = [
    ['faults', verdict.faults],
    ['processes that ended', verdict.endings],
    ['rows in the table', verdict.rows],
    ['rows watched the moment the watermark passed them', verdict.rowsWatched],
    ['looks of the watcher', verdict.looks],
    ['seals', verdict.windows],
    ['shards', verdict.shards],
    ['events', verdict.events],
    ['rejects', verdict.rejects],
    ['seconds', Math.round(verdict.seconds)],
  ] as const;
  const findings = verdict.findings.map(({ what, problems }) => [what, problems.length] as const);
  return [...figures, ...findings]
    .map(([what, count]) => `${count.toLocaleString('en-US').padStart(9)}  ${what}`)
    .join('\n');
}
