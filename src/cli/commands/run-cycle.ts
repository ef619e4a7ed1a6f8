import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { TidemarkError } from '../../base/errors.ts';
import { parseDurationMicros, UnitError } from '../../base/units.ts';
import { CYCLE_STRATEGIES } from '../../model/cycle.ts';
import type { CycleStrategy } from '../../model/cycle.ts';
import { MICROS_PER_MS } from '../../model/micros.ts';
import type { CliContext } from '../cli-context.ts';
import { parseTime } from '../parse-time.ts';
import { addServeOptions } from '../serve-flags.ts';
import type { ServeFlags } from '../serve-flags.ts';

interface CycleFlags extends ServeFlags {
  readonly strategy: CycleStrategy;
  readonly table?: string;
  readonly now?: string;
  readonly dryRun?: true;
  readonly continuous?: true;
  readonly every?: number;
  readonly batch?: number;
  readonly json?: true;
}

const EVERY_MS_DEFAULT = 3_600_000;
/** The least that makes sense: a cycle asks the database whether something is due. */
const EVERY_MS_MIN = 1_000;
const BATCH_ROWS_DEFAULT = 1_000;

const MORE_HELP = `
Needs no Kafka. Everything in (archived_until, cutoff] is archived, cutoff = floor(now - lag, window.size), into the
same shards as by \`tidemark run\`. lag is that of the configuration, or lag_days of des_archive_config where the
configuration says none. A cycle that fails moves nothing; the next one does its windows again and finds what is done.
  watermark   one UPDATE of archived_until a cycle
  per-record  rows with archived = FALSE, a batch at a time, each batch marked by one UPDATE; what fails stays FALSE

The first SIGTERM or SIGINT ends after the windows or the batch under way (exit status 0), a second one at once (1).
Exit status 1 when a cycle failed; rejects are listed in the manifests (\`tidemark rejects\`) and are no failure.
Fields of --json, one object a cycle: docs/strategies.md.

Examples:
  $ tidemark run-cycle --dry-run
  $ tidemark run-cycle --continuous --every 1h
  $ tidemark run-cycle --strategy per-record --batch 1000 --table public.files`;

export function addRunCycle(program: Command, context: CliContext): void {
  addServeOptions(program.command('run-cycle'))
    .description('archive what is due straight from the table, without Kafka')
    .addOption(
      new Option('--strategy <strategy>', 'how the database is told what is archived')
        .choices(CYCLE_STRATEGIES)
        .default('watermark'),
    )
    .option('--table <schema.name>', 'only this table')
    .option('--now <time>', 'as if it were this time')
    .option('--dry-run', 'say what would be archived; nothing is written')
    .option('--continuous', 'cycle after cycle until a signal; serves metrics')
    .option('--every <duration>', 'with --continuous: from one cycle to the next (default: 1h)', parseEvery)
    .option('--batch <rows>', 'with per-record: rows of one UPDATE (default: 1000)', parseBatch)
    .option('--json', 'print one JSON object a cycle')
    .addHelpText('after', MORE_HELP)
    .action((flags: CycleFlags) => runCycle(context, flags));
}

function parseEvery(text: string): number {
  try {
    const ms = parseDurationMicros(text) / MICROS_PER_MS;
    if (ms >= EVERY_MS_MIN) return ms;
  } catch (error) {
    if (!(error instanceof UnitError)) throw error;
  }
  throw new InvalidArgumentError('a duration of at least 1s was expected, such as 10m or 1h');
}

function parseBatch(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a whole number of rows from 1 to 999999 was expected');
}

async function runCycle(context: CliContext, flags: CycleFlags): Promise<void> {
  refuseSenseless(flags);
  const { runCycles } = await import('../cycle/run-cycles.ts');
  await runCycles(context, {
    strategy: flags.strategy,
    table: flags.table,
    now: flags.now === undefined ? null : parseTime('--now', flags.now),
    dryRun: flags.dryRun === true,
    everyMs: flags.continuous === true ? (flags.every ?? EVERY_MS_DEFAULT) : null,
    batchRows: flags.batch ?? BATCH_ROWS_DEFAULT,
    json: flags.json === true,
    serve: flags.serve,
    port: flags.port,
  });
}

function refuseSenseless({ continuous, every, now, strategy, batch }: CycleFlags): void {
  const refuse = (detail: string): never => {
    throw new TidemarkError('ERR_USAGE', { detail });
  };
  if (every !== undefined && continuous !== true) refuse('--every needs --continuous');
  if (now !== undefined && continuous === true)
    refuse('--now holds the clock; --continuous needs one that goes');
  if (batch !== undefined && strategy !== 'per-record') refuse('--batch needs --strategy per-record');
}
