import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { parseTime } from '../parse-time.ts';
import { addSinkOption, openReadSink } from '../read-sink.ts';
import type { SinkFlags } from '../read-sink.ts';

interface GetFlags extends SinkFlags {
  readonly createdAt: string;
  readonly table?: string;
  readonly output?: string;
}

export function addGet(program: Command, context: CliContext): void {
  addSinkOption(program.command('get'))
    .description('fetch one file from the archive')
    .argument('<uid>', 'the row’s uid')
    .requiredOption('--created-at <time>', 'the row’s created_at, to the microsecond')
    .option('--table <schema.name>', 'only this table')
    .option('-o, --output <file>', 'write to this file (default: standard output)')
    .addHelpText(
      'after',
      '\nExample:\n  $ tidemark get 42 --created-at 2026-11-23T05:37:17.123456Z -o file.bin',
    )
    .action((uid: string, flags: GetFlags) => runGet(context, uid, flags));
}

async function runGet(context: CliContext, uid: string, flags: GetFlags): Promise<void> {
  const createdAt = parseTime('--created-at', flags.createdAt);
  const sink = await openReadSink(context, flags);
  const { getFile } = await import('../../sinks/read/get-file.ts');
  const table = flags.table === undefined ? {} : { table: flags.table };
  const { content } = await getFile({ sink, uid, createdAt, ...table });
  if (flags.output === undefined) {
    for await (const bytes of content) await context.terminal.writeBytes(bytes);
  } else {
    await writeWhole(flags.output, content);
  }
}

/** Under a name of its own until it is whole: a file that fails half way never looks like the real one. */
async function writeWhole(path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  const temporary = `${path}.tidemark-${process.pid}`;
  try {
    await pipeline(content, createWriteStream(temporary, { flags: 'wx' }));
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
