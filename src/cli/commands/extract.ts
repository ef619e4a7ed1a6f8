import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { formatMicros } from '../../model/micros.ts';
import type { ExtractProgress } from '../../sinks/extract/extract-progress.ts';
import type { ExtractResult } from '../../sinks/extract/extract-shards.ts';
import type { CliContext } from '../cli-context.ts';
import { readSelection } from '../extract/read-selection.ts';
import type { SelectionFlags } from '../extract/read-selection.ts';
import { ProgressLine } from '../progress-line.ts';
import { addSinkOption, openReadSink } from '../read-sink.ts';
import type { SinkFlags } from '../read-sink.ts';
import { readJobs, readWorkers } from '../read-workers.ts';
import { onSignals } from '../signals.ts';
import { formatBytesShort, formatCount } from '../text-table.ts';
import { parseRange } from '../time-range.ts';
import type { RangeFlags } from '../time-range.ts';

interface ExtractFlags extends SinkFlags, RangeFlags, SelectionFlags {
  readonly output: string;
  readonly jobs: number;
  readonly resume?: true;
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
    .option(
      '--uids <file>',
      'only these rows: a uid a line, or {"uid": …, "created_at": …}; - is standard input',
    )
    .option('--created-from <time>', 'only rows created after this time')
    .option('--created-to <time>', 'only rows created at or before this time')
    .option('--name <glob>', 'only rows whose file has such a name, in the shard or in the table')
    .option('--name-column <column>', 'the column that --name looks at', 'file_location')
    .option('-j, --jobs <n>', 'threads', readJobs, availableParallelism())
    .option('--resume', 'pass over what is there already, whole')
    .option('--json', 'print the counts as JSON')
    .addHelpText(
      'after',
      `
A file has its name only when it is whole; a run that was ended goes on with --resume. With a selection only the parts
of the shards that hold it are read, and files come without rows.ndjson. Exit status 1 when a uid was not found.

Examples:
  $ tidemark extract --from 2026-11-23 --to 2026-11-24 -o restored
  $ tidemark extract --uids wanted.txt --from 2026-11-23 -o restored
  $ tidemark extract --name '*.pdf' --created-from 2026-11-23T05:00:00Z --created-to 2026-11-23T06:00:00Z -o pdfs`,
    )
    .action((shards: string[], flags: ExtractFlags) => runExtract(context, shards, flags));
}

async function runExtract(
  context: CliContext,
  shards: readonly string[],
  flags: ExtractFlags,
): Promise<void> {
  const range = { ...(shards.length === 0 ? {} : { names: shards }), ...parseRange(flags) };
  const selection = await readSelection(flags);
  const sink = await openReadSink(context, flags);
  const { extractShards } = await import('../../sinks/extract/extract-shards.ts');
  const line = new ProgressLine(context.terminal);
  const abort = new AbortController();
  const release = onSignals({ drain: () => abort.abort(), stop: () => process.exit(1) });
  try {
    const result = await extractShards({
      ...{
        sink,
        ...range,
        ...(await readWorkers(context, flags)),
        selection,
        folder: flags.output,
        resume: flags.resume === true,
      },
      signal: abort.signal,
      onProgress: (done) => line.show(`extracting: ${describeProgress(done)}`),
    });
    line.clear();
    printResult(context, flags, result);
  } finally {
    line.clear();
    release();
  }
}

function printResult(context: CliContext, flags: ExtractFlags, result: ExtractResult): void {
  const { terminal } = context;
  const { shards, files, bytes, passedOver, isFinished } = result;
  const notFound = result.notFound.map(({ uid, createdAt }) => ({
    uid,
    createdAt: createdAt === null ? null : formatMicros(createdAt),
  }));
  if (flags.json === true) terminal.printJson({ shards, files, bytes, passedOver, notFound, isFinished });
  else {
    const already = passedOver === 0 ? '' : `, ${formatCount(passedOver)} of them were there already`;
    terminal.print(
      `extracted ${formatCount(shards)} shards, ${formatCount(files)} files, ${formatBytesShort(bytes)} to ${flags.output}${already}`,
    );
    for (const { uid, createdAt } of notFound)
      terminal.print(`not found: ${uid}${createdAt === null ? '' : ` at ${createdAt}`}`);
  }
  if (!isFinished) terminal.say('ended by a signal; --resume goes on with what is missing\n');
  if (!isFinished || notFound.length > 0) context.fail();
}

function describeProgress({ shards, files, bytes, total }: ExtractProgress): string {
  return `${formatCount(shards)} of ${formatCount(total.shards)} shards, ${formatCount(files)} of ${formatCount(total.files)} files, ${formatBytesShort(bytes)} of ${formatBytesShort(total.bytes)}`;
}
