import type { Command } from 'commander';
import type { ExtractProgress } from '../../sinks/read/extract-shards.ts';
import type { CliContext } from '../cli-context.ts';
import { ProgressLine } from '../progress-line.ts';
import { addSinkOption, openReadSink } from '../read-sink.ts';
import type { SinkFlags } from '../read-sink.ts';
import { formatBytesShort, formatCount } from '../text-table.ts';
import { parseRange } from '../time-range.ts';
import type { RangeFlags } from '../time-range.ts';

interface ExtractFlags extends SinkFlags, RangeFlags {
  readonly output: string;
  readonly json?: true;
}

export function addExtract(program: Command, context: CliContext): void {
  addSinkOption(program.command('extract'))
    .description('unpack shards into a folder, checking every digest')
    .argument('[shard...]', 'names as `tidemark ls` shows them (default: all)')
    .requiredOption('-o, --output <folder>', 'where to; nothing there is overwritten')
    .option('--table <schema.name>', 'only this table')
    .option('--from <time>', 'only windows that end after this time')
    .option('--to <time>', 'only windows that begin before this time')
    .option('--json', 'print the counts as JSON')
    .addHelpText('after', '\nExample:\n  $ tidemark extract --from 2026-11-23 --to 2026-11-24 -o restored')
    .action((shards: string[], flags: ExtractFlags) => runExtract(context, shards, flags));
}

async function runExtract(
  context: CliContext,
  shards: readonly string[],
  flags: ExtractFlags,
): Promise<void> {
  const { terminal } = context;
  const range = {
    ...(shards.length === 0 ? {} : { names: shards }),
    ...parseRange(flags),
  };
  const sink = await openReadSink(context, flags);
  const { extractShards } = await import('../../sinks/read/extract-shards.ts');
  const line = new ProgressLine(terminal);
  try {
    const onProgress = (done: ExtractProgress): void => line.show(`extracting: ${describe(done)}`);
    const total = await extractShards({ sink, ...range, folder: flags.output, onProgress });
    line.clear();
    if (flags.json === true) terminal.printJson(total);
    else terminal.print(`extracted ${describe(total)} to ${flags.output}`);
  } finally {
    line.clear();
  }
}

function describe({ shards, files, bytes }: ExtractProgress): string {
  return `${formatCount(shards)} shards, ${formatCount(files)} files, ${formatBytesShort(bytes)}`;
}
