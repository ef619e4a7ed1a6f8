import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { VariationReport } from './bench-variation.ts';
import { growthChart } from './growth-chart.ts';
import { measuredPart, withMeasuredPart } from './measured-page.ts';
import type { StrategiesReport } from './strategies-report.ts';

/** `npm run bench:strategies:plot -- FILE…`: what `npm run bench:strategies -- --json FILE` measured, into the documentation. */

const { values: flags, positionals: paths } = parseArgs({
  allowPositionals: true,
  options: {
    svg: { type: 'string', default: documentation('strategies-measured.svg') },
    page: { type: 'string', default: documentation('strategies-measured.md') },
  },
});

if (paths.length === 0) {
  process.stderr.write('Which files? npm run bench:strategies:plot -- FILE… [--svg FILE] [--page FILE]\n');
  process.exitCode = 2;
} else {
  const files = paths.map(
    (path) => JSON.parse(readFileSync(path, 'utf8')) as StrategiesReport | VariationReport,
  );
  const variations = files.filter((file): file is VariationReport => 'vary' in file);
  const reports = files.filter((file): file is StrategiesReport => !('vary' in file));
  if (reports.length > 0) writeFileSync(flags.svg, growthChart(reports));
  const page = readFileSync(flags.page, 'utf8');
  writeFileSync(flags.page, withMeasuredPart(page, measuredPart(reports, variations)));
  process.stdout.write(`wrote ${reports.length > 0 ? `${flags.svg} and ` : ''}${flags.page}\n`);
}

function documentation(name: string): string {
  return fileURLToPath(new URL(`../../docs/${name}`, import.meta.url));
}
