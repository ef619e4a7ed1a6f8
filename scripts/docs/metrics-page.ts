import type { LabelBound, Metric } from '../../src/serve/catalogue/metric.ts';

/** docs/metrics.md from the catalogue that the registry is made of: a table for each group. */
export function metricsPage(groups: Readonly<Record<string, Readonly<Record<string, Metric>>>>): string {
  const sections = Object.entries(groups).map(
    ([title, metrics]) => `## ${title}\n\n${TABLE_HEAD}\n${Object.values(metrics).map(row).join('\n')}\n`,
  );
  return `${HEAD}\n${sections.join('\n')}`;
}

const HEAD = `<!-- Made by \`npm run docs\` from src/serve/catalogue/. Do not edit. -->

# Metrics

\`tidemark run\`, \`capture\`, \`archive\`, \`cleanup\`, \`run-cycle --continuous\` and \`serve\` answer \`/metrics\` in the text format of Prometheus at \`serve.port\`, \`tidemark sync-archived\` with \`--port\`.

- Every process knows every metric; one that it has nothing to say of has no sample there. Counters begin at 0 with the process.
- **Of the whole archive**: what is said of rows in the log, of the slot and of transactions. It is read in the background, by the functions that \`tidemark status\` reads with, when somebody looks and the last reading is older than 30 s; the first look finds none yet. Each process that archives says the same of the rows: take the \`max\` over processes, not the sum.
- **Labels are bounded** by the configuration and by words that stand in the code. A metric has at most as many series as its labels have values together; no row, uid or file makes a series. \`topic\` is \`<name>.<table>\`.
- Beside these stand \`process_*\` and \`nodejs_*\` as prom-client has them.
`;

const TABLE_HEAD = '| Metric | Type | Labels | What it is | What to look at |\n|---|---|---|---|---|';

function row({ name, type, labels, help, look }: Metric): string {
  const bounds = Object.entries(labels).map(([label, bound]) => `\`${label}\`: ${boundText(bound)}`);
  const cells = [`\`${name}\``, type, bounds.join('; '), help, look];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function boundText(bound: LabelBound): string {
  return typeof bound === 'string' ? bound : bound.map((word) => `\`${word}\``).join(', ');
}
