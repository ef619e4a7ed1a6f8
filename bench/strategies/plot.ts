import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { VariationReport } from './bench-variation.ts';
import { growthChart } from './growth-chart.ts';
import { measuredPart, summaryPart, withMeasuredPart } from './measured-page.ts';
import type { StrategiesReport } from './strategies-report.ts';

/** `npm run bench:strategies:plot -- FILE…`: what `npm run bench:strategies -- --json FILE` measured, into the documentation. */

const { values: flags, positionals: paths } = parseArgs({
  allowPositionals: true,
  options: {
    svg: { type: 'string', default: documentation('strategies-measured.svg') },
    page: { type: 'string', default: documentation('strategies-measured.md') },
    summary: { type: 'string', default: documentation('strategies.md') },
  },
});

if (paths.length === 0) {
  process.stderr.write(
    'Which files? npm run bench:strategies:plot -- FILE… [--svg FILE] [--page FILE] [--summary FILE]\n',
  );
  process.exitCode = 2;
} else {
  const files = paths.map(
    (path) => JSON.parse(readFileSync(path, 'utf8')) as StrategiesReport | VariationReport,
  );
  const variations = files.filter((file): file is VariationReport => 'vary' in file);
  const reports = files.filter((file): file is StrategiesReport => !('vary' in file));
  if (reports.length > 0) {
    writeFileSync(flags.svg, growthChart(reports));
    write(flags.summary, summaryPart(reports));
  }
  write(flags.page, measuredPart(reports, variations));
}

function write(path: string, part: string): void {
  writeFileSync(path, withMeasuredPart(readFileSync(path, 'utf8'), part));
  process.stdout.write(`wrote ${path}\n`);
}

function documentation(name: string): string {
  return fileURLToPath(new URL(`../../docs/${name}`, import.meta.url));
}
