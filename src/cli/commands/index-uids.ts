import type { Command } from 'commander';
import type { WrittenFilter } from '../../sinks/filter/write-filters.ts';
import type { CliContext } from '../cli-context.ts';
import { ProgressLine } from '../progress-line.ts';
import { addSinkOption, openReadSink } from '../read-sink.ts';
import type { SinkFlags } from '../read-sink.ts';
import { onSignals } from '../signals.ts';
import { formatBytesShort, formatCount } from '../text-table.ts';
import { parseRange } from '../time-range.ts';
import type { RangeFlags } from '../time-range.ts';

interface IndexFlags extends SinkFlags, RangeFlags {
  readonly dryRun?: true;
  readonly json?: true;
}

export function addIndex(program: Command, context: CliContext): void {
  addSinkOption(program.command('index'))
    .description('write the uid filters that an archive lacks, so that `get` finds a uid without its time')
    .option('--table <schema.name>', 'only this table')
    .option('--from <time>', 'only days that can hold windows that end after this time')
    .option('--to <time>', 'only days that can hold windows that begin before this time')
    .option('--dry-run', 'say what would be written; no shard is read')
    .option('--json', 'one filter a line, then the counts')
    .addHelpText(
      'after',
      `
The archiver writes them by itself when a day is over; this is for archives of earlier versions, and for many
supplements. It reads the index of each shard that no filter covers, writes beside the manifests, and changes nothing
else; it may run beside an archiver, and again after it was ended. Exit status 1 when a filter is damaged.

Examples:
  $ tidemark index --dry-run
  $ tidemark index --sink file:///var/lib/tidemark --from 2026-11-01`,
    )
    .action((flags: IndexFlags) => runIndex(context, flags));
}

interface Totals {
  days: number;
  filters: number;
  uids: number;
  bytes: number;
  damaged: number;
}

async function runIndex(context: CliContext, flags: IndexFlags): Promise<void> {
  const { terminal } = context;
  const range = parseRange(flags);
  const sink = await openReadSink(context, flags);
  const { listDays } = await import('../../sinks/read/manifests.ts');
  const { writeFilters } = await import('../../sinks/filter/write-filters.ts');
  const abort = new AbortController();
  const release = onSignals({
    drain: (signal) => abort.abort(new Error(`ended by ${signal}; run it again for the rest`)),
    stop: () => process.exit(1),
  });
  const line = new ProgressLine(terminal);
  const totals: Totals = { days: 0, filters: 0, uids: 0, bytes: 0, damaged: 0 };
  let read = 0;
  const show = (day: string) => line.show(`indexing ${day}: ${formatCount(read)} uids, ${describe(totals)}`);
  try {
    for await (const day of listDays(sink, range)) {
      const written = writeFilters({
        ...{ sink, day, signal: abort.signal, dryRun: flags.dryRun === true },
        onUids: (count) => {
          read += count;
          show(day);
        },
        onDamage: ({ message }) => {
          line.clear();
          totals.damaged++;
          terminal.say(`${message}\n`);
        },
      });
      for await (const filter of written) {
        line.clear();
        add(totals, filter);
        terminal.print(flags.json === true ? jsonOf(filter) : `${filter.name}  ${describeFilter(filter)}`);
      }
      totals.days++;
      show(day);
    }
  } finally {
    line.clear();
    release();
  }
  if (totals.damaged > 0) context.fail();
  if (flags.json === true) terminal.print(JSON.stringify({ ...totals, dryRun: flags.dryRun === true }));
  else terminal.print(`${describe(totals)}${flags.dryRun === true ? ' to be written' : ' written'}`);
}

function add(totals: Totals, { uids, bytes }: WrittenFilter): void {
  totals.filters++;
  totals.uids += uids;
  totals.bytes += bytes;
}

function jsonOf({ durationMs, ...filter }: WrittenFilter): string {
  return JSON.stringify({ ...filter, durationMs: Math.round(durationMs) });
}

function describe({ days, filters, bytes }: Totals): string {
  return `${formatCount(days)} days, ${formatCount(filters)} filters, ${formatBytesShort(bytes)}`;
}

function describeFilter({ manifests, uids, bytes }: WrittenFilter): string {
  return `${formatCount(manifests)} manifests, ${formatCount(uids)} uids, ${formatBytesShort(bytes)}`;
}
