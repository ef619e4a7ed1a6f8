import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { NEEDS } from '../advise/advice.ts';
import type { Advice, Need } from '../advise/advice.ts';
import { loadContextConfig } from '../cli-context.ts';
import type { CliContext } from '../cli-context.ts';
import { requireTables } from '../configured-tables.ts';

interface AdviseFlags {
  readonly table?: string;
  readonly need?: Need[];
  readonly sample: boolean;
  readonly sampleRows: number;
  readonly json?: true;
}

const MORE_HELP = `
Asks the database how large the table is and how fast it grows, what an UPDATE of the column archived costs, and what
depends on that column, and says whether a watermark, the watermark with the column set behind it (hybrid), or the
column set row by row fits, with the reason for and against. What could not be known stands there too.

The cost is measured by an UPDATE of some rows that is rolled back at once, with short timeouts; it leaves as many dead
row versions. Where UPDATE triggers would fire it is left out; --no-sample leaves it out everywhere.

--need says what no database knows: column (somebody outside reads it), audit (each row must say that it is archived),
retry (failed rows are tried again one by one), any-order (rows are not archived by created_at).
Fields of --json, and the matrix: docs/advise.md.

Examples:
  $ tidemark advise
  $ tidemark advise --need column --need audit --no-sample
  $ tidemark advise --json | jq '.tables[] | {table, strategy}'`;

const SAMPLE_ROWS = 200;
const SAMPLE_ROWS_MAX = 10_000;

export function addAdvise(program: Command, context: CliContext): void {
  program
    .command('advise')
    .description('which strategy fits a table, and why')
    .option('--table <schema.name>', 'only this table')
    .addOption(new Option('--need <need...>', 'what else is needed').choices(NEEDS))
    .option('--no-sample', 'change nothing, not even to roll it back')
    .option('--sample-rows <n>', 'rows of the sample', readSampleRows, SAMPLE_ROWS)
    .option('--json', 'print JSON')
    .addHelpText('after', MORE_HELP)
    .action((flags: AdviseFlags) => runAdvise(context, flags));
}

async function runAdvise(context: CliContext, flags: AdviseFlags): Promise<void> {
  const config = await loadContextConfig(context);
  const tables = requireTables(config, flags.table);
  const { gatherFacts } = await import('../advise/gather-facts.ts');
  const { computeAdvice } = await import('../advise/compute-advice.ts');
  const { describeAdvice } = await import('../advise/describe-advice.ts');
  const needs = new Set(flags.need);
  const sampleRows = flags.sample ? flags.sampleRows : 0;
  const found: Advice[] = [];
  for (const table of tables)
    found.push(computeAdvice(await gatherFacts({ config, table, sampleRows }), needs));
  if (flags.json === true)
    context.terminal.printJson({ name: config.name, needs: [...needs], tables: found });
  else context.terminal.print(found.map(describeAdvice).join('\n\n'));
}

function readSampleRows(text: string): number {
  const rows = Number(text);
  if (/^[1-9]\d{0,5}$/.test(text) && rows <= SAMPLE_ROWS_MAX) return rows;
  throw new InvalidArgumentError(`a whole number from 1 to ${SAMPLE_ROWS_MAX} was expected`);
}
