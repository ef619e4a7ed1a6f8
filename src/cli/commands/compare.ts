import type { Command } from 'commander';
import { TidemarkError } from '../../base/errors.ts';
import { formatMicros } from '../../model/micros.ts';
import type { CliContext } from '../cli-context.ts';
import type { ComparedItem } from '../compare/compared-item.ts';
import { addSinkOption, openOtherSink, openReadSink } from '../read-sink.ts';
import type { SinkFlags } from '../read-sink.ts';
import { formatCount } from '../text-table.ts';
import { parseRange } from '../time-range.ts';
import type { RangeFlags } from '../time-range.ts';

interface CompareFlags extends SinkFlags, RangeFlags {
  readonly with?: string;
  readonly withTable?: true;
  readonly json?: true;
}

const MORE_HELP = `
Shard for shard and digest for digest, for whoever moves from the stream to cycles or back. Nothing is written.
  --with URL     with another archive, as both paths run side by side for a while into two sinks
  --with-table   with what a cycle would make of the table now: each window is read and packed again
Exit status 1 when anything differs; the first difference is said first, each one with its digests.
Where the two cannot be equal: docs/strategies.md.

Examples:
  $ tidemark compare --with file:///var/lib/tidemark-shadow --from 2026-11-23 --to 2026-11-24
  $ tidemark compare --with-table --from 2026-11-23T05:00:00Z --to 2026-11-23T06:00:00Z`;

export function addCompare(program: Command, context: CliContext): void {
  addSinkOption(program.command('compare'))
    .description('compare the archive with another one, or with what the table would give')
    .option('--with <url>', 'the other archive')
    .option('--with-table', 'the rows of the table, packed again')
    .option('--table <schema.name>', 'only this table')
    .option('--from <time>', 'only windows that end after this time')
    .option('--to <time>', 'only windows that begin before this time')
    .option('--json', 'one difference a line, then the counts')
    .addHelpText('after', MORE_HELP)
    .action((flags: CompareFlags) => runCompare(context, flags));
}

async function runCompare(context: CliContext, flags: CompareFlags): Promise<void> {
  const { terminal } = context;
  const counts = { shards: 0, same: 0, different: 0, onlyHere: 0, onlyThere: 0 };
  let differs = false;
  for await (const item of await compareItems(context, flags)) {
    counts.shards++;
    counts[COUNTS[item.outcome]]++;
    if (item.outcome === 'same') continue;
    differs = true;
    terminal.print(flags.json === true ? JSON.stringify(spelled(item)) : describe(item));
  }
  if (differs) context.fail();
  if (flags.json === true) return terminal.print(JSON.stringify(counts));
  const { shards, same, different, onlyHere, onlyThere } = counts;
  const [all, equal, other] = [shards, same, different].map(formatCount);
  terminal.print(
    `${all} shards: ${equal} same, ${other} different, ${formatCount(onlyHere)} only here, ${formatCount(onlyThere)} only there`,
  );
}

const COUNTS = {
  same: 'same',
  different: 'different',
  'only here': 'onlyHere',
  'only there': 'onlyThere',
} as const;

async function compareItems(context: CliContext, flags: CompareFlags): Promise<AsyncIterable<ComparedItem>> {
  const { with: other, withTable = false } = flags;
  if ((other === undefined) === !withTable)
    throw new TidemarkError('ERR_USAGE', { detail: 'one of --with URL and --with-table is needed' });
  const range = parseRange(flags);
  const here = await openReadSink(context, flags);
  if (other !== undefined) {
    const there = await openOtherSink(context, '--with', other);
    const { compareArchives } = await import('../../sinks/read/compare-archives.ts');
    return compareArchives(here, there, range);
  }
  const { compareWithTable } = await import('../compare/compare-with-table.ts');
  return compareWithTable(context, here, range);
}

function spelled({ windowEnd, ...item }: ComparedItem): object {
  return { ...item, windowEnd: formatMicros(windowEnd) };
}

function describe({ name, outcome, here, there, detail }: ComparedItem): string {
  const what = (found: ComparedItem['here']): string =>
    found === null
      ? 'not there'
      : `sha256 ${found.sha256}${found.rows === undefined ? '' : `, ${formatCount(found.rows)} rows`}`;
  const why = detail === undefined || detail === '' ? '' : `\n  ${detail}`;
  return `${outcome.toUpperCase().padEnd(10)} ${name}\n  here:  ${what(here)}\n  there: ${what(there)}${why}`;
}
