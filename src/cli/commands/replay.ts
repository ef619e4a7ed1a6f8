import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { Events } from '../../base/event-map.ts';
import { formatMicros } from '../../model/micros.ts';
import { loadContextConfig } from '../cli-context.ts';
import type { CliContext } from '../cli-context.ts';
import { requireTables } from '../configured-tables.ts';
import { parseTime } from '../parse-time.ts';
import type { ReplayReport, ReplaySource } from '../replay/replay-windows.ts';
import { formatCount } from '../text-table.ts';

interface ReplayFlags {
  readonly window: string;
  readonly table?: string;
  readonly partition?: number;
  readonly source: ReplaySource;
  readonly restore?: true;
  readonly json?: true;
}

const MORE_HELP = `
Gathers each seal of the window again (the window, its early parts, its supplements) from the stretch of the log that
its manifest names, or past retention from the table, packs it, and compares digests. Nothing is written but with
--restore: then a shard that is missing or damaged is put back when its digest is the manifest's; a damaged one
stays beside it under another name. What the archive holds already is never overwritten.
Exit status 1 when anything differs, is missing or damaged and was not restored.

Examples:
  $ tidemark replay --window 2026-11-23T05:37:00Z
  $ tidemark replay --window 2026-11-23 --partition 2 --restore`;

export function addReplay(program: Command, context: CliContext): void {
  program
    .command('replay')
    .description('rebuild a sealed window and compare it with its shards')
    .requiredOption('--window <time>', 'the window that holds this time; an end belongs to its window')
    .option('--table <schema.name>', 'only this table')
    .option('--partition <number>', 'only this partition', parsePartition)
    .addOption(
      new Option('--source <source>', 'where the rows are taken from')
        .choices(['auto', 'log', 'table'])
        .default('auto'),
    )
    .option('--restore', 'put missing and damaged shards back')
    .option('--json', 'one seal a line, then the counts')
    .addHelpText('after', MORE_HELP)
    .action((flags: ReplayFlags) => runReplay(context, flags));
}

function parsePartition(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a partition is a whole number from 0 on');
}

async function runReplay(context: CliContext, flags: ReplayFlags): Promise<void> {
  const { terminal } = context;
  const time = parseTime('--window', flags.window);
  const config = await loadContextConfig(context);
  const tables = requireTables(config, flags.table);
  const { openSink } = await import('../../sinks/open-sink.ts');
  const { isSame, replayWindows } = await import('../replay/replay-windows.ts');
  const { describeReplay } = await import('../replay/describe-replay.ts');
  const counts = { seals: 0, shards: 0, same: 0, different: 0, restored: 0 };
  const reports = replayWindows({
    config,
    sink: openSink(config.sink.url, config.sink),
    tables,
    time,
    partition: flags.partition ?? null,
    source: flags.source,
    restore: flags.restore === true,
    events: new Events(),
  });
  for await (const report of reports) {
    const same = isSame(report);
    counts.seals++;
    counts.shards += report.shards.length;
    counts[same ? 'same' : 'different']++;
    counts.restored += report.shards.filter(({ isRestored }) => isRestored).length;
    terminal.print(flags.json === true ? jsonOf(report, same) : describeReplay(report));
  }
  if (counts.different > 0) context.fail();
  if (flags.json === true) return terminal.print(JSON.stringify(counts));
  terminal.print(
    `${formatCount(counts.seals)} seals with ${formatCount(counts.shards)} shards: ${formatCount(counts.same)} same, ${formatCount(counts.different)} different; ${formatCount(counts.restored)} shards restored`,
  );
}

function jsonOf({ seal, source, rows, shards }: ReplayReport, same: boolean): string {
  const { table, kind, partition, window } = seal.manifest;
  const span = { start: formatMicros(window.start), end: formatMicros(window.end) };
  return JSON.stringify({
    manifest: seal.name,
    table,
    kind,
    partition,
    window: span,
    source,
    same,
    rows,
    shards,
  });
}
