import type { Command } from 'commander';
import type { Sink } from '../sinks/sink.ts';
import type { CliContext } from './cli-context.ts';
import { loadContextConfig } from './cli-context.ts';

export interface SinkFlags {
  readonly sink?: string;
}

/** `--sink`: reading needs nothing but the archive, so a URL is enough. */
export function addSinkOption(command: Command): Command {
  return command.option(
    '--sink <url>',
    'where the archive is, such as file:///var/lib/tidemark (default: sink.url of --config)',
  );
}

/** @throws TidemarkError ERR_CONFIG_NOT_FOUND, ERR_CONFIG_INVALID when there is neither `--sink` nor a usable file. */
export async function openReadSink(context: CliContext, flags: SinkFlags): Promise<Sink> {
  const { openSink } = await import('../sinks/open-sink.ts');
  if (flags.sink === undefined) return openSink(loadContextConfig(context).sink.url);
  context.terminal.secrets.learn(flags.sink);
  return openSink(flags.sink);
}
