import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { TidemarkError } from '../../base/errors.ts';
import type { FilePlace, FoundFile } from '../../sinks/read/get-file.ts';
import type { Sink } from '../../sinks/sink.ts';
import type { CliContext } from '../cli-context.ts';
import { parseTime } from '../parse-time.ts';
import { ProgressLine } from '../progress-line.ts';
import { addSinkOption, openReadSink } from '../read-sink.ts';
import type { SinkFlags } from '../read-sink.ts';
import { formatBytesShort } from '../text-table.ts';
import { parseRange } from '../time-range.ts';
import type { RangeFlags } from '../time-range.ts';

interface GetFlags extends SinkFlags, RangeFlags {
  readonly createdAt?: string;
  readonly output?: string;
  readonly proof?: string;
}

export function addGet(program: Command, context: CliContext): void {
  addSinkOption(program.command('get'))
    .description('fetch one file from the archive')
    .argument('<uid>', 'the row’s uid')
    .option('--created-at <time>', 'the row’s created_at, to the microsecond')
    .option('--from <time>', 'without it: only rows created after this time')
    .option('--to <time>', 'without it: only rows created at or before this time')
    .option('--table <schema.name>', 'only this table')
    .option('-o, --output <file>', 'write to this file (default: standard output)')
    .option('--proof <file>', 'with -o: also write what others need to check the file against the event')
    .addHelpText(
      'after',
      `
Without --created-at the table of the configuration is asked. When it does not have the row any more, when Postgres does
not answer, and with --sink the uid filters of the archive say in which shards it may be; days that have none yet are
looked at window by window (\`tidemark index\` writes what is missing). Where it was found goes to standard error.
A proof takes one reading of the whole shard; what it proves: docs/proof.md.

Examples:
  $ tidemark get 42 -o file.bin
  $ tidemark get 42 --sink file:///var/lib/tidemark --from 2026-11-01 --to 2026-12-01 -o file.bin
  $ tidemark get 42 --created-at 2026-11-23T05:37:17.123456Z -o file.bin
  $ tidemark get 42 --created-at 2026-11-23T05:37:17.123456Z -o file.bin --proof file.proof.json`,
    )
    .action((uid: string, flags: GetFlags) => runGet(context, uid, flags));
}

async function runGet(context: CliContext, uid: string, flags: GetFlags): Promise<void> {
  requireProofTarget(flags);
  const findPlace = prepareToFind(context, uid, flags);
  const sink = await openReadSink(context, flags);
  const place = await findPlace(sink);
  const found = { ...place, content: place.reader.readFile(place.entry) };
  // First: where there can be none, nothing is written.
  const proof = flags.proof === undefined ? null : await prove(context, sink, found);
  if (flags.output === undefined) {
    for await (const bytes of found.content) await context.terminal.writeBytes(bytes);
  } else {
    await writeWhole(flags.output, found.content);
    if (proof !== null) await writeWhole(flags.proof!, [proof]);
  }
}

/** Wrong times are told before anything is opened. */
function prepareToFind(
  context: CliContext,
  uid: string,
  flags: GetFlags,
): (sink: Sink) => Promise<FilePlace> {
  const { table, from, to } = parseRange(flags);
  const query = { uid, ...(table === undefined ? {} : { table }) };
  if (flags.createdAt === undefined)
    return async (sink) => {
      const { locateFile } = await import('../get/locate-file.ts');
      const { cachedReads } = await import('../../sinks/read/cached-reads.ts');
      const ends = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
      const mayAskTables = flags.sink === undefined;
      return locateFile({
        context,
        reads: cachedReads({ sink }),
        query: { ...query, ...ends },
        mayAskTables,
      });
    };
  const createdAt = parseTime('--created-at', flags.createdAt);
  if (from !== undefined || to !== undefined)
    throw new TidemarkError('ERR_USAGE', {
      detail: `--created-at says the time, ${from === undefined ? '--to' : '--from'} bounds a search for it`,
      remedy: 'Leave one of the two out.',
    });
  return async (sink) => {
    const { getFile } = await import('../../sinks/read/get-file.ts');
    return getFile({ sink, ...query, createdAt });
  };
}

function requireProofTarget({ output, proof }: GetFlags): void {
  if (proof === undefined || (output !== undefined && output !== proof)) return;
  throw new TidemarkError('ERR_USAGE', {
    detail: output === undefined ? '--proof needs -o' : '--proof and -o name the same file',
    remedy: 'Write the file and its proof to two files: -o FILE --proof FILE.proof.json',
  });
}

async function prove(context: CliContext, sink: Sink, found: FoundFile): Promise<Buffer> {
  const { proveFile } = await import('../../sinks/proof/prove-file.ts');
  const line = new ProgressLine(context.terminal);
  const total = formatBytesShort(found.info.bytes);
  let read = 0;
  const onBytes = (bytes: number): void => {
    read += bytes;
    line.show(`proving: ${formatBytesShort(read)} of ${total}`);
  };
  try {
    return await proveFile({ sink, found, onBytes });
  } finally {
    line.clear();
  }
}

/** Under a name of its own until it is whole: a file that fails half way never looks like the real one. */
async function writeWhole(
  path: string,
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  const temporary = `${path}.tidemark-${process.pid}`;
  try {
    await pipeline(content, createWriteStream(temporary, { flags: 'wx' }));
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
