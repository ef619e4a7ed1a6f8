import type { Command } from 'commander';
import { Events } from '../../base/event-map.ts';
import { TidemarkError } from '../../base/errors.ts';
import { archivedBy } from '../../config/archived-by.ts';
import type { Config, TableConfig } from '../../config/config.ts';
import { archiveGroup } from '../../config/names.ts';
import { formatMicros } from '../../model/micros.ts';
import type { AdjustPlan } from '../adjust/adjust-plan.ts';
import type { AdjustedTable } from '../adjust/adjusted-table.ts';
import type { ApplyAdjustOptions } from '../adjust/apply-adjust.ts';
import { describePlan } from '../adjust/describe-plan.ts';
import { loadContextConfig } from '../cli-context.ts';
import type { CliContext } from '../cli-context.ts';
import { confirm } from '../confirm.ts';
import { requireTables } from '../configured-tables.ts';
import { parseTime } from '../parse-time.ts';

interface AdjustFlags {
  readonly to: string;
  readonly table?: string;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly json?: true;
}

const MORE_HELP = `
Moves the watermark of a table in Kafka (every partition) and in des_archive_config while no archiver runs, after
saying what follows from it. Asks first; --yes answers for scripts, and without a terminal it is needed. Where the
configuration names no brokers (only \`tidemark run-cycle\` archives), the row in des_archive_config alone.

Back: the windows above are gathered again from the log; equal seals are adopted, rows that stand in a shard are left
out, missing seals are packed again. Forward: rows in between that are not sealed yet become supplements; cycles pass
them over.
Exit status 1 when it was not done.

Examples:
  $ tidemark adjust --to 2026-11-23T05:00:00Z --dry-run
  $ tidemark adjust --to 2026-11-23T05:00:00Z --yes`;

export function addAdjust(program: Command, context: CliContext): void {
  program
    .command('adjust')
    .description('move the watermark back or forward, and say what follows from it')
    .requiredOption('--to <time>', 'the end of a window')
    .option('--table <schema.name>', 'which table (needed when there are several)')
    .option('--dry-run', 'only say what would follow')
    .option('--yes', 'do not ask')
    .option('--json', 'print the plan as JSON')
    .addHelpText('after', MORE_HELP)
    .action((flags: AdjustFlags) => runAdjust(context, flags));
}

async function runAdjust(context: CliContext, flags: AdjustFlags): Promise<void> {
  const to = parseTime('--to', flags.to);
  const config = await loadContextConfig(context);
  const table = requireOneTable(config, flags.table);
  const { openSink } = await import('../../sinks/open-sink.ts');
  const adjusted = { config, table, sink: openSink(config.sink.url, config.sink), to };
  if (archivedBy(config) === 'cycles') {
    const { planCycleAdjust } = await import('../adjust/plan-cycle-adjust.ts');
    await carryOut({ context, flags, adjusted, log: null, plan: await planCycleAdjust(adjusted) });
    return;
  }
  const { createKafkaClient, IMPATIENT_RETRIES } = await import('../../log/kafka-client.ts');
  const { requireNoMembers } = await import('../../log/group-members.ts');
  const { withAdmin } = await import('../../log/with-admin.ts');
  const { planAdjust } = await import('../adjust/plan-adjust.ts');
  const kafka = createKafkaClient({ ...config.kafka, events: new Events(), retries: IMPATIENT_RETRIES });
  await withAdmin(kafka, async (admin) => {
    if (flags.dryRun !== true) await requireNoMembers(admin, archiveGroup(config.name));
    const log = { kafka, admin };
    await carryOut({ context, flags, adjusted, log, plan: await planAdjust({ ...adjusted, ...log }) });
  });
}

/** Says what follows, asks, and does it. */
async function carryOut(work: {
  readonly context: CliContext;
  readonly flags: AdjustFlags;
  readonly adjusted: AdjustedTable;
  readonly log: ApplyAdjustOptions['log'];
  readonly plan: AdjustPlan;
}): Promise<void> {
  const { context, flags, adjusted, log, plan } = work;
  const { isDone } = await import('../adjust/adjust-plan.ts');
  const { applyAdjust } = await import('../adjust/apply-adjust.ts');
  const done = isDone(plan);
  if (flags.json !== true) context.terminal.print(describePlan(plan));
  const isApplied = !done && flags.dryRun !== true && (await isWanted(context, flags));
  if (isApplied) await applyAdjust({ ...adjusted, log, plan });
  if (flags.json === true) context.terminal.printJson(spelled(plan, isApplied));
  else context.terminal.print(verdictOf({ done, isApplied, isDryRun: flags.dryRun === true, plan }));
  if (!isApplied && !done && flags.dryRun !== true) context.fail();
}

function requireOneTable(config: Config, name: string | undefined): TableConfig {
  const [table, ...others] = requireTables(config, name);
  if (table !== undefined && others.length === 0) return table;
  throw new TidemarkError('ERR_USAGE', {
    detail: `several tables are configured: ${config.tables.map(({ id }) => id).join(', ')}`,
    remedy: 'Say which one with --table.',
  });
}

async function isWanted({ terminal }: CliContext, flags: AdjustFlags): Promise<boolean> {
  return flags.yes === true || (await confirm({ terminal, question: 'Move the watermark?' }));
}

function verdictOf(outcome: {
  readonly done: boolean;
  readonly isApplied: boolean;
  readonly isDryRun: boolean;
  readonly plan: AdjustPlan;
}): string {
  const { done, isApplied, isDryRun, plan } = outcome;
  const next = plan.partitions.length === 0 ? '`tidemark run-cycle`' : '`tidemark archive` or `tidemark run`';
  if (done) return '\nnothing to do';
  if (isApplied) return `\nmoved; the next ${next} goes on from there`;
  return isDryRun ? '\nnothing was changed (--dry-run)' : '\nnothing was changed';
}

function spelled(plan: AdjustPlan, isApplied: boolean): object {
  const { to, archivedUntil, partitions, ...rest } = plan;
  return {
    ...rest,
    to: formatMicros(to),
    archivedUntil: formatMicros(archivedUntil),
    isApplied,
    partitions: partitions.map(({ partition, direction, before, after }) => ({
      partition,
      direction,
      from: before === null ? null : formatMicros(before.watermark),
      offsetBefore: before?.offset ?? null,
      offset: after?.offset ?? null,
      position: after?.position ?? null,
    })),
  };
}
