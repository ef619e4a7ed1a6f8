import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { TidemarkError } from '../../base/errors.ts';
import type { Config, TableConfig } from '../../config/config.ts';
import { formatMicros } from '../../model/micros.ts';
import type { TimeRange } from '../../sinks/read/archived-row.ts';
import { loadContextConfig } from '../cli-context.ts';
import type { CliContext } from '../cli-context.ts';
import { ProgressLine } from '../progress-line.ts';
import { openReadSink } from '../read-sink.ts';
import { formatCount } from '../text-table.ts';
import { parseRange } from '../time-range.ts';

interface ReconcileFlags {
  readonly from: string;
  readonly to: string;
  readonly table?: string;
  readonly bytes?: true;
  readonly show: number;
  readonly json?: true;
}

export function addReconcile(program: Command, context: CliContext): void {
  program
    .command('reconcile')
    .description('compare the table with the shards: missing, extra, different')
    .requiredOption('--from <time>', 'rows with a later created_at')
    .requiredOption('--to <time>', 'rows up to this created_at')
    .option('--table <schema.name>', 'only this table')
    .option('--bytes', 'hash the source files that still exist, too')
    .option('--show <n>', 'list the first n of each kind', readCount, 20)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nReads both once, in the order of (created_at, uid), and holds neither in memory. Rows later than the watermark are not yet due,\nrows that were deleted are extra. Exit status 1 when table and shards differ. Fields of --json: docs/reconcile.md.\n\nExamples:\n  $ tidemark reconcile --from 2026-11-01 --to 2026-12-01\n  $ tidemark reconcile --from 2026-11-23T05:00:00Z --to 2026-11-23T06:00:00Z --bytes --json | jq .tables[].counts',
    )
    .action((flags: ReconcileFlags) => runReconcile(context, flags));
}

async function runReconcile(context: CliContext, flags: ReconcileFlags): Promise<void> {
  const range = parseRange(flags) as TimeRange;
  const config = await loadContextConfig(context);
  const tables = chooseTables(config, flags.table);
  const sink = await openReadSink(context, {});
  const { reconcileTable } = await import('../reconcile/reconcile-table.ts');
  const { isEqual } = await import('../reconcile/reconcile-report.ts');
  const line = new ProgressLine(context.terminal);
  const found = [];
  try {
    for (const table of tables) {
      found.push(
        await reconcileTable({
          ...{ config, table, sink, range, compareBytes: flags.bytes === true, shown: flags.show },
          onProgress: ({ table: rows, missing, extra, different, doubled }, reached) =>
            line.show(
              `${table.id}: ${formatMicros(reached)}, ${formatCount(rows)} rows, ${formatCount(missing + extra + different + doubled)} differences`,
            ),
        }),
      );
    }
  } finally {
    line.clear();
  }
  const equal = found.every(({ counts }) => isEqual(counts));
  if (!equal) context.fail();
  const [from, to] = [formatMicros(range.from), formatMicros(range.to)];
  const report = { name: config.name, from, to, equal, tables: found };
  if (flags.json === true) context.terminal.printJson(report);
  else {
    const { describeReconciliation } = await import('../reconcile/describe-reconciliation.ts');
    context.terminal.print(describeReconciliation(report));
  }
}

/** @throws TidemarkError ERR_USAGE */
function chooseTables({ tables }: Config, wanted: string | undefined): readonly TableConfig[] {
  if (wanted === undefined) return tables;
  const table = tables.find(({ id }) => id === wanted);
  if (table !== undefined) return [table];
  throw new TidemarkError('ERR_USAGE', {
    detail: `--table ${JSON.stringify(wanted)} is not in the configuration`,
    remedy: `Choose one of ${tables.map(({ id }) => id).join(', ')}.`,
  });
}

function readCount(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a whole number was expected');
}
