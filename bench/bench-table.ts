import type { BenchResult } from './bench-result.ts';

/** The results as people read them: a line each, and below it what the figures mean. */
export function benchTable(results: readonly BenchResult[]): string {
  const rows = results.map(({ name, unit, ours, peers, ratio, peakRssBytes }) => [
    name,
    figure(ours),
    unit,
    Object.entries(peers)
      .map(([peer, value]) => `${figure(value)} ${peer} (×${ratio[peer]})`)
      .join(', '),
    peakRssBytes === null ? '' : `${Math.round(peakRssBytes / 1_000_000)} MB`,
  ]);
  const table = [['', 'ours', '', 'peers', 'peak memory'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const lines = table.map((row) =>
    row
      .map((cell, column) =>
        column === 1 ? cell.padStart(widths[1] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  const notes = results.map(({ name, unit, notes: text }) => `${name} (${unit}): ${text}`);
  return [...lines, '', ...notes].join('\n');
}

function figure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : String(Math.round(value * 10) / 10);
}
