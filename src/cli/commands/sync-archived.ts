import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { systemClock } from '../../base/clock.ts';
import { Events } from '../../base/event-map.ts';
import { waitOn } from '../../base/wait.ts';
import type { Config } from '../../config/config.ts';
import { NO_PROBES } from '../../serve/metrics-options.ts';
import { loadContextConfig } from '../cli-context.ts';
import type { CliContext } from '../cli-context.ts';
import { requireTables } from '../configured-tables.ts';
import { ProgressLine } from '../progress-line.ts';
import { RateMeter } from '../rate-meter.ts';
import { readPositive } from '../read-positive.ts';
import { openReadSink } from '../read-sink.ts';
import { portOption } from '../serve-flags.ts';
import { onSignals } from '../signals.ts';
import type { TableSync } from '../sync-archived/sync-report.ts';
import { formatCount } from '../text-table.ts';

interface SyncFlags {
  readonly table?: string;
  readonly rowsPerSecond: number;
  readonly batch: number;
  readonly dryRun?: true;
  readonly port?: number;
  readonly json?: true;
}

/** Far below what a server can do, so that writers do not notice: 18 million rows an hour. */
const ROWS_PER_SECOND = 5_000;
/** Some milliseconds of work: so long are its rows locked at most. */
const BATCH_ROWS = 500;

const MORE_HELP = `
For tables whose column \`archived\` others read: sets it behind the watermark, in small transactions of their own,
while the archive goes on. A row is set when a committed shard holds it, so rejects and late rows that wait stay as
they are; rows that somebody has locked are passed over. What is left stands in the column, so every run goes on where
the one before was; when nothing is left it sends no UPDATE. SIGTERM ends it after the batch under way, with status 0.

Needs the column (boolean NOT NULL), an index on created_at WHERE NOT archived, and UPDATE on the column; what is
missing is named with the statement that makes it. Fields of --json: docs/sync-archived.md.

Examples:
  $ tidemark sync-archived --dry-run
  $ tidemark sync-archived --rows-per-second 1000 --batch 200
  $ tidemark sync-archived --table public.files --json | jq .tables[].rows`;

export function addSyncArchived(program: Command, context: CliContext): void {
  program
    .command('sync-archived')
    .description('set the column archived behind the watermark, slowly')
    .option('--table <schema.name>', 'only this table')
    .option('--rows-per-second <n>', 'rows that are set in a second at most', readPositive, ROWS_PER_SECOND)
    .option('--batch <n>', 'rows of one UPDATE at most', readBatch, BATCH_ROWS)
    .option('--dry-run', 'only count')
    .addOption(portOption('serve /metrics there meanwhile; 0 takes a free one'))
    .option('--json', 'print JSON')
    .addHelpText('after', MORE_HELP)
    .action((flags: SyncFlags) => runSync(context, flags));
}

async function runSync(context: CliContext, flags: SyncFlags): Promise<void> {
  const config = await loadContextConfig(context);
  requireTables(config, flags.table);
  const events = new Events();
  const abort = new AbortController();
  const release = onSignals({ drain: () => abort.abort(), stop: () => process.exit(1) });
  const server = await serve(config, { port: flags.port, events });
  try {
    if (server !== undefined) context.terminal.say(`metrics are served at ${server.url}\n`);
    await syncTables(context, { flags, config, events, signal: abort.signal });
  } finally {
    release();
    await server?.close();
  }
}

async function syncTables(
  context: CliContext,
  given: { flags: SyncFlags; config: Config; events: Events; signal: AbortSignal },
): Promise<void> {
  const { flags, config, events, signal } = given;
  const { syncTable } = await import('../sync-archived/sync-table.ts');
  const { describeSync } = await import('../sync-archived/sync-report.ts');
  const sink = await openReadSink(context, {});
  const line = new ProgressLine(context.terminal);
  const chosen = requireTables(config, flags.table);
  const tables: TableSync[] = [];
  try {
    for (const table of chosen) {
      if (signal.aborted) break;
      const meter = new RateMeter();
      tables.push(
        await syncTable({
          ...{ config, table, sink, signal, events, clock: systemClock, wait: waitOn(systemClock) },
          ...{ batchRows: flags.batch, rowsPerSecond: flags.rowsPerSecond, isDryRun: flags.dryRun === true },
          onProgress: (sync) => line.show(progressOf(sync, meter.rate(systemClock.now(), sync.rows))),
          onLocked: () => line.show(`${table.id}: somebody holds a lock on the table; trying again`),
        }),
      );
    }
  } finally {
    line.clear();
  }
  const finished = tables.length === chosen.length && tables.every((sync) => sync.finished);
  const report = { name: config.name, dryRun: flags.dryRun === true, finished, tables };
  if (flags.json === true) context.terminal.printJson(report);
  else context.terminal.print(describeSync(report));
}

function progressOf({ table, reached, watermark, rows, unarchived }: TableSync, rate: number): string {
  return `${table}: ${reached ?? 'nothing yet'} of ${watermark}, ${formatCount(rows)} set, ${formatCount(unarchived)} in no shard, ${formatCount(Math.round(rate))} rows/s`;
}

/** Only when a port is asked for: the command is often started beside others, by a timer. */
async function serve(config: Config, given: { port: number | undefined; events: Events }) {
  const { port, events } = given;
  if (port === undefined) return undefined;
  const { createMetrics } = await import('../../serve/metrics.ts');
  const { startHttpServer } = await import('../../serve/http-server.ts');
  const { Health } = await import('../../serve/health.ts');
  const tables = config.tables.map(({ id, window, lagMicros }) => ({
    ...{ id, sizeMicros: window.sizeMicros, lagMicros },
  }));
  const metrics = createMetrics({ events, tables, clock: systemClock, probes: NO_PROBES });
  return startHttpServer({
    ...{ host: config.serve.host, port, metrics, health: new Health({ parts: [], events }) },
  });
}

/** A longer transaction would hold its locks for longer than a writer should wait. */
const BATCH_ROWS_MAX = 10_000;

function readBatch(text: string): number {
  const rows = readPositive(text);
  if (rows <= BATCH_ROWS_MAX) return rows;
  throw new InvalidArgumentError(`${BATCH_ROWS_MAX} rows at most`);
}
