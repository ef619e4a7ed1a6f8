import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { systemClock } from '../../base/clock.ts';
import { loadContextConfig } from '../cli-context.ts';
import type { CliContext } from '../cli-context.ts';
import { onSignals } from '../signals.ts';
import { describeStatus } from '../status/describe-status.ts';
import type { StatusReport } from '../status/status-report.ts';

interface StatusFlags {
  readonly json?: true;
  readonly watch?: true;
}

const WATCH_INTERVAL_MS = 2_000;

export function addStatus(program: Command, context: CliContext): void {
  program
    .command('status')
    .description('watermark, lag, slot, windows, rejects')
    .option('--json', 'print JSON (with --watch: one line a reading)')
    .option('--watch', 'read again every two seconds until SIGINT')
    .addHelpText(
      'after',
      "\nRows are not yet due (they wait in Kafka), being gathered, or overdue: their window is older than lag and not sealed.\nThe slot shows how fast its WAL grows and how long that can go on when it was read twice: at once while nobody reads the\nslot, with --watch after 20 seconds. The server's clock and the one of this machine should agree.\nExit status 1 when something could not be read. Fields of --json: docs/status.md.\n\nExamples:\n  $ tidemark status --watch\n  $ tidemark status --json | jq .tables[].rows.overdue\n  $ tidemark status --json | jq -c '.tables[].partitions[] | {partition} + .rows'",
    )
    .action((flags: StatusFlags) => runStatus(context, flags));
}

async function runStatus(context: CliContext, flags: StatusFlags): Promise<void> {
  const config = await loadContextConfig(context);
  const { StatusReader } = await import('../status/collect-status.ts');
  const reader = new StatusReader(config);
  if (flags.watch !== true) {
    const report = await reader.read(systemClock.now());
    if (report.problems.length > 0) context.fail();
    if (flags.json === true) context.terminal.printJson(report);
    else context.terminal.print(describeStatus(report));
    return;
  }
  await watch(async () => show(context, flags, await reader.read(systemClock.now())));
}

async function watch(readAndShow: () => Promise<void>): Promise<void> {
  const abort = new AbortController();
  const release = onSignals({ drain: () => abort.abort(), stop: () => process.exit(1) });
  try {
    while (!abort.signal.aborted) {
      await readAndShow();
      // Rejects only when the signal came: the loop's condition ends it.
      await sleep(WATCH_INTERVAL_MS, undefined, { signal: abort.signal }).catch(() => undefined);
    }
  } finally {
    release();
  }
}

const CLEAR_SCREEN = '\u001b[2J\u001b[H';

function show({ terminal }: CliContext, flags: StatusFlags, report: StatusReport): void {
  if (flags.json === true) terminal.print(JSON.stringify(report));
  else terminal.print(`${terminal.outIsTty ? CLEAR_SCREEN : ''}${describeStatus(report)}`);
}
