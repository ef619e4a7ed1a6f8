import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { TidemarkError } from '../base/errors.ts';
import { redact } from '../config/redact.ts';
import type { OpenSinkOptions } from '../sinks/open-sink.ts';
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
    'where the archive is: file:///var/lib/tidemark, s3://bucket/prefix?region=… (default: sink.url of --config)',
  );
}

/**
 * @throws TidemarkError ERR_CONFIG_NOT_FOUND, ERR_CONFIG_INVALID when there is neither `--sink` nor a usable file;
 * ERR_USAGE when `--sink` is no URL; ERR_SINK_UNAVAILABLE when there is no such folder, or nothing in the bucket: a
 * mistyped path must not look like an archive without a fault.
 */
export async function openReadSink(context: CliContext, flags: SinkFlags): Promise<Sink> {
  return openArchive(
    context,
    flags.sink === undefined ? (await loadContextConfig(context)).sink : { url: requireUrl(flags.sink) },
  );
}

/** How the same sink is opened by others, such as threads. @throws TidemarkError as {@link openReadSink}. */
export async function readSinkOptions(
  context: CliContext,
  flags: SinkFlags,
): Promise<Omit<OpenSinkOptions, 'events'>> {
  return flags.sink === undefined ? { s3: (await loadContextConfig(context)).sink.s3 } : {};
}

/** The archive under a URL that was given for another option. @throws TidemarkError as {@link openReadSink}. */
export function openOtherSink(context: CliContext, option: string, url: string): Promise<Sink> {
  return openArchive(context, { url: requireUrl(url, option) });
}

async function openArchive(
  context: CliContext,
  { url, ...options }: { readonly url: string } & OpenSinkOptions,
): Promise<Sink> {
  const { openSink } = await import('../sinks/open-sink.ts');
  context.terminal.secrets.learn(url);
  const sink = openSink(url, options);
  if (url.startsWith('file://') && !existsSync(new URL(url))) {
    throw new TidemarkError('ERR_SINK_UNAVAILABLE', {
      detail: `there is no folder ${decodeURI(url.slice('file://'.length))}`,
      remedy: 'Correct the path. Before its first shard an archive has no folder.',
    });
  }
  if (url.startsWith('s3://')) await requireContent(sink);
  return sink;
}

/** A prefix that nobody has written to is no folder that could be missing, but may be mistyped all the same. */
async function requireContent(sink: Sink): Promise<void> {
  for await (const folder of sink.listFolders('')) if (folder !== '') return;
  throw new TidemarkError('ERR_SINK_UNAVAILABLE', {
    detail: `there is no archive at ${redact(sink.url)}`,
    remedy: 'Correct the prefix. Before its first shard an archive has nothing there.',
  });
}

function requireUrl(text: string, option = '--sink'): string {
  if (/^[a-z0-9]+:\/\//.test(text)) return text;
  throw new TidemarkError('ERR_USAGE', {
    detail: `${option} ${JSON.stringify(text)} is no URL such as file:///var/lib/tidemark`,
    ...(text.startsWith('/') ? { remedy: `Write ${option} file://${encodeURI(text)}` } : {}),
  });
}
