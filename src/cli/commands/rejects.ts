import { Option } from 'commander';
import type { Command } from 'commander';
import { Events } from '../../base/event-map.ts';
import { TidemarkError } from '../../base/errors.ts';
import type { Config } from '../../config/config.ts';
import { formatMicros } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import { REJECT_REASONS } from '../../model/row.ts';
import type { RejectReason } from '../../model/row.ts';
import { windowOf } from '../../model/window.ts';
import type { Sink } from '../../sinks/sink.ts';
import { loadContextConfig } from '../cli-context.ts';
import type { CliContext } from '../cli-context.ts';
import { requireTables } from '../configured-tables.ts';
import { parseTime } from '../parse-time.ts';
import type { RecordSource } from '../rejects/find-record.ts';
import { countOutcome, describeRetry, NOTHING_RETRIED } from '../rejects/describe-retry.ts';
import type { RejectEntry, RejectQuery } from '../rejects/reject-entry.ts';
import { formatAge, textTable } from '../text-table.ts';
import { parseRange } from '../time-range.ts';
import type { RangeFlags } from '../time-range.ts';

interface RejectsFlags extends RangeFlags {
  readonly window?: string;
  readonly reason?: RejectReason;
  readonly uid?: string[];
  readonly open?: true;
  readonly retry?: true;
  readonly all?: true;
  readonly source: RecordSource;
  readonly json?: true;
}

const MORE_HELP = `
A row that could not be archived is listed in its window's manifest and in the topic of the rejects; a record that no
window could take stands in the topic alone. \`open\`: no shard holds the row.

--retry sends the chosen open ones to their partitions once more, as they stand in the log, or past its retention as
they are in the table (--source table: always, for rows that were corrected there). They arrive as supplements of their
windows when the archive comes to them; what still cannot be archived is rejected again. Safe to repeat.
Exit status 1 when one of them could not be sent.

Examples:
  $ tidemark rejects --from 2026-11-23 --reason file_missing
  $ tidemark rejects --retry --window 2026-11-23T05:00:00Z
  $ tidemark rejects --retry --uid 42 43 --source table
  $ tidemark rejects --retry --all`;

export function addRejects(program: Command, context: CliContext): void {
  program
    .command('rejects')
    .description('list what could not be archived, and try it again')
    .option('--table <schema.name>', 'only this table')
    .option('--from <time>', 'only rows created after this time')
    .option('--to <time>', 'only rows created at this time or before')
    .option('--window <time>', 'only rows of the window that holds this time; an end belongs to its window')
    .addOption(new Option('--reason <reason>', 'only this reason').choices(REJECT_REASONS))
    .option('--uid <uid...>', 'only these rows')
    .option('--open', 'only those that no shard holds by now')
    .option('--retry', 'send the chosen ones that are open once more')
    .option('--all', 'with --retry: choose all')
    .addOption(
      new Option('--source <source>', 'with --retry: where the rows are taken from')
        .choices(['auto', 'log', 'table'])
        .default('auto'),
    )
    .option('--json', 'one reject a line')
    .addHelpText('after', MORE_HELP)
    .action((flags: RejectsFlags) => runRejects(context, flags));
}

async function runRejects(context: CliContext, flags: RejectsFlags): Promise<void> {
  requireChoice(flags);
  const config = await loadContextConfig(context);
  requireTables(config, flags.table);
  const { openSink } = await import('../../sinks/open-sink.ts');
  const { collectRejects } = await import('../rejects/collect-rejects.ts');
  const sink = openSink(config.sink.url, config.sink);
  const events = new Events();
  const found: RejectEntry[] = [];
  for (const query of queriesOf(config, flags)) {
    for await (const entry of collectRejects({ config, sink, query, events })) {
      if ((flags.open === true || flags.retry === true) && entry.state !== 'open') continue;
      if (flags.retry !== true && flags.json === true) context.terminal.print(jsonOf(entry));
      else found.push(entry);
    }
  }
  if (flags.retry === true) await retry({ context, flags, config, sink, entries: found, events });
  else if (flags.json !== true) printTable(context, found);
}

/** All rejects of an archive are not tried again by a slip. */
function requireChoice({ retry, all, window, reason, uid, from, to }: RejectsFlags): void {
  if (retry !== true && all === true)
    throw new TidemarkError('ERR_USAGE', { detail: '--all goes with --retry' });
  const isChosen = [all, window, reason, uid, from, to].some((flag) => flag !== undefined);
  if (retry !== true || isChosen) return;
  throw new TidemarkError('ERR_USAGE', {
    detail: '--retry must know which: --uid, --window, --reason, --from, --to, or --all',
    remedy: 'See what there is with `tidemark rejects --open`, then add one of them.',
  });
}

/** A window's edges follow from each table's window.size. */
function* queriesOf(config: Config, flags: RejectsFlags): Generator<RejectQuery> {
  const { reason, uid, window } = flags;
  const query: RejectQuery = {
    ...parseRange(flags),
    ...(reason === undefined ? {} : { reason }),
    ...(uid === undefined ? {} : { uids: new Set(uid) }),
  };
  if (window === undefined) {
    yield query;
    return;
  }
  const time = parseTime('--window', window);
  for (const table of requireTables(config, flags.table)) {
    const { start, end } = windowOf(time, table.window.sizeMicros);
    const from = Math.max(query.from ?? start, start) as Micros;
    const to = Math.min(query.to ?? end, end) as Micros;
    yield { ...query, table: table.id, from, to };
  }
}

function jsonOf(entry: RejectEntry): string {
  return JSON.stringify(spelled(entry));
}

function printTable({ terminal }: CliContext, entries: readonly RejectEntry[]): void {
  if (entries.length === 0) {
    terminal.say('no reject there\n');
    return;
  }
  const rows = entries.map(({ table, partition, offset, uid, createdAt, reason, state, detail }) => [
    createdAt === null ? '(no time)' : formatMicros(createdAt),
    uid ?? '(no uid)',
    reason,
    state,
    `${table}/${partition}${offset === null ? '' : `@${offset}`}`,
    detail,
  ]);
  terminal.print(textTable(['created_at', 'uid', 'reason', 'state', 'record', 'detail'], rows));
}

async function retry(options: {
  readonly context: CliContext;
  readonly flags: RejectsFlags;
  readonly config: Config;
  readonly sink: Sink;
  readonly entries: readonly RejectEntry[];
  readonly events: Events;
}): Promise<void> {
  const { context, flags, config } = options;
  const { retryRejects } = await import('../rejects/retry-rejects.ts');
  let counts = NOTHING_RETRIED;
  for await (const retried of retryRejects({ ...options, source: flags.source })) {
    const { entry, outcome, source, detail } = retried;
    counts = countOutcome(counts, retried);
    if (flags.json === true)
      context.terminal.print(JSON.stringify({ ...spelled(entry), outcome, source, detail }));
    else if (outcome === 'unfit' || outcome === 'gone')
      context.terminal.print(`${outcome}: ${entry.uid ?? `record ${entry.offset}`}: ${detail}`);
  }
  if (counts.unfit + counts.gone > 0) context.fail();
  if (flags.json === true) return context.terminal.print(JSON.stringify(counts));
  const hold = Math.max(...config.tables.map((table) => table.holdMicros));
  context.terminal.print(describeRetry(counts, formatAge(hold)));
}

function spelled({ createdAt, ...entry }: RejectEntry): object {
  return { ...entry, createdAt: createdAt === null ? null : formatMicros(createdAt) };
}
