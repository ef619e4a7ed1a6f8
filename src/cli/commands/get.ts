import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { TidemarkError } from '../../base/errors.ts';
import type { FoundFile } from '../../sinks/read/get-file.ts';
import type { Sink } from '../../sinks/sink.ts';
import type { CliContext } from '../cli-context.ts';
import { parseTime } from '../parse-time.ts';
import { ProgressLine } from '../progress-line.ts';
import { addSinkOption, openReadSink } from '../read-sink.ts';
import type { SinkFlags } from '../read-sink.ts';
import { formatBytesShort } from '../text-table.ts';

interface GetFlags extends SinkFlags {
  readonly createdAt: string;
  readonly table?: string;
  readonly output?: string;
  readonly proof?: string;
}

export function addGet(program: Command, context: CliContext): void {
  addSinkOption(program.command('get'))
    .description('fetch one file from the archive')
    .argument('<uid>', 'the row’s uid')
    .requiredOption('--created-at <time>', 'the row’s created_at, to the microsecond')
    .option('--table <schema.name>', 'only this table')
    .option('-o, --output <file>', 'write to this file (default: standard output)')
    .option('--proof <file>', 'with -o: also write what others need to check the file against the event')
    .addHelpText(
      'after',
      `
A proof takes one reading of the whole shard; what it proves: docs/proof.md.

Examples:
  $ tidemark get 42 --created-at 2026-11-23T05:37:17.123456Z -o file.bin
  $ tidemark get 42 --created-at 2026-11-23T05:37:17.123456Z -o file.bin --proof file.proof.json`,
    )
    .action((uid: string, flags: GetFlags) => runGet(context, uid, flags));
}

async function runGet(context: CliContext, uid: string, flags: GetFlags): Promise<void> {
  const createdAt = parseTime('--created-at', flags.createdAt);
  requireProofTarget(flags);
  const sink = await openReadSink(context, flags);
  const { getFile } = await import('../../sinks/read/get-file.ts');
  const table = flags.table === undefined ? {} : { table: flags.table };
  const found = await getFile({ sink, uid, createdAt, ...table });
  // First: where there can be none, nothing is written.
  const proof = flags.proof === undefined ? null : await prove(context, sink, found);
  if (flags.output === undefined) {
    for await (const bytes of found.content) await context.terminal.writeBytes(bytes);
  } else {
    await writeWhole(flags.output, found.content);
    if (proof !== null) await writeWhole(flags.proof!, [proof]);
  }
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
