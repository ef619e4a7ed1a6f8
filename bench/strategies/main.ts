import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { textTable } from '../../src/cli/text-table.ts';
import { startServices } from '../../test/support/services/start-services.ts';
import { parseBenchOptions, USAGE } from './bench-options.ts';
import type { BenchOptions } from './bench-options.ts';
import { benchStrategies } from './bench-strategies.ts';
import { benchVariation, variationText } from './bench-variation.ts';
import { costTable } from './cost-rows.ts';
import { growthChart } from './growth-chart.ts';
import { verdicts } from './verdicts.ts';

/** `npm run bench:strategies`: what each way of archiving a table costs, beside what was claimed. */

const options = readOptions();
if (options !== null) {
  const work = mkdtempSync(join(tmpdir(), 'tidemark-strategies-'));
  const remove = (): void => rmSync(work, { recursive: true, force: true });
  // The servers end with this process; its files would stay.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      say('interrupted: removing files …');
      remove();
      process.exit(1);
    });
  try {
    await run(options, work);
  } finally {
    remove();
  }
}

async function run(chosen: BenchOptions, work: string): Promise<void> {
  const { vary } = chosen;
  if (vary !== null) {
    const report = await benchVariation({ ...chosen, vary }, { work, kafkaBrokers: [], say });
    process.stdout.write(`\n${variationText(report)}\n`);
    writeJson(chosen, report);
    return;
  }
  const needsKafka = chosen.only.includes('stream');
  const kafka = needsKafka ? await startServices({ postgres: false, onProgress: say }) : null;
  try {
    const place = { work, kafkaBrokers: kafka?.kafkaBrokers ?? [], say };
    const report = await benchStrategies(chosen, place);
    writeJson(chosen, report);
    if (chosen.svg !== null) writeFileSync(chosen.svg, growthChart([report]));
    const { head, rows } = costTable(report);
    process.stdout.write(`\n${textTable(head, rows)}\n\n${verdicts(report).join('\n')}\n`);
  } finally {
    await kafka?.stop();
  }
}

function writeJson({ json }: BenchOptions, report: object): void {
  if (json !== null) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
}

function readOptions(): BenchOptions | null {
  const args = process.argv.slice(2);
  if (args.includes('--help')) {
    process.stdout.write(`${USAGE}\n`);
    return null;
  }
  try {
    return parseBenchOptions(args);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}\n`);
    process.exitCode = 2;
    return null;
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
