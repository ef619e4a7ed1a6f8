import type { Command } from 'commander';
import type { Manifest } from '../../model/manifest.ts';
import { formatMicros } from '../../model/micros.ts';
import type { CliContext } from '../cli-context.ts';
import { addSinkOption, openReadSink } from '../read-sink.ts';
import type { SinkFlags } from '../read-sink.ts';
import { formatBytesShort, textTable } from '../text-table.ts';
import { parseRange } from '../time-range.ts';
import type { RangeFlags } from '../time-range.ts';

interface LsFlags extends SinkFlags, RangeFlags {
  readonly json?: true;
}

export function addLs(program: Command, context: CliContext): void {
  addSinkOption(program.command('ls'))
    .description('list the shards of the archive')
    .option('--table <schema.name>', 'only this table')
    .option('--from <time>', 'only windows that end after this time')
    .option('--to <time>', 'only windows that begin before this time')
    .option('--json', 'one manifest a line')
    .addHelpText(
      'after',
      '\nExamples:\n  $ tidemark ls --from 2026-11-23\n  $ tidemark ls --sink file:///var/lib/tidemark --json | jq .shards[].name',
    )
    .action((flags: LsFlags) => runLs(context, flags));
}

async function runLs(context: CliContext, flags: LsFlags): Promise<void> {
  const range = parseRange(flags);
  const sink = await openReadSink(context, flags);
  const { listManifests } = await import('../../sinks/read/manifests.ts');
  const rows: (string | number)[][] = [];
  for await (const { name, manifest } of listManifests(sink, range)) {
    if (flags.json === true) context.terminal.print(JSON.stringify({ manifest: name, ...spelled(manifest) }));
    else rows.push(...rowsOf(manifest));
  }
  if (flags.json !== true) {
    if (rows.length === 0) context.terminal.say('no shard there\n');
    context.terminal.print(
      textTable(['shard', 'window end', 'kind', 'rows', 'files', 'size', 'rejects'], rows),
    );
  }
}

/** A seal without a shard (all rows rejected) has a line too. */
function rowsOf(manifest: Manifest): (string | number)[][] {
  const { window, kind, shards, rejects } = manifest;
  const end = formatMicros(window.end);
  if (shards.length === 0) return [['(no shard)', end, kind, 0, 0, '0 B', rejects.length]];
  return shards.map(({ name, rows, files, bytes }, index) => [
    ...[name, end, kind, rows, files, formatBytesShort(bytes)],
    index === 0 ? rejects.length : 0,
  ]);
}

function spelled(manifest: Manifest): object {
  const { start, end } = manifest.window;
  return { ...manifest, window: { start: formatMicros(start), end: formatMicros(end) } };
}
