import { Command, Option } from 'commander';
import { addAdjust } from './commands/adjust.ts';
import { addAdvise } from './commands/advise.ts';
import { addArchive } from './commands/archive.ts';
import { addCapture } from './commands/capture.ts';
import { addCheck } from './commands/check.ts';
import { addCleanup } from './commands/cleanup.ts';
import { addCompare } from './commands/compare.ts';
import { addConsole } from './commands/console.ts';
import { addEvents } from './commands/events.ts';
import { addExplain } from './commands/explain.ts';
import { addExtract } from './commands/extract.ts';
import { addGet } from './commands/get.ts';
import { addIndex } from './commands/index-uids.ts';
import { addInit } from './commands/init.ts';
import { addLs } from './commands/ls.ts';
import { addReconcile } from './commands/reconcile.ts';
import { addRejects } from './commands/rejects.ts';
import { addReplay } from './commands/replay.ts';
import { addRun } from './commands/run.ts';
import { addRunCycle } from './commands/run-cycle.ts';
import { addServe } from './commands/serve.ts';
import { addStatus } from './commands/status.ts';
import { addSyncArchived } from './commands/sync-archived.ts';
import { addVerify } from './commands/verify.ts';
import type { CliContext, GlobalOptions } from './cli-context.ts';
import { TOOL_VERSION } from './tool-version.ts';

const EXAMPLES = `
Examples:
  $ tidemark init && tidemark check     make what is needed, then see that all is well
  $ tidemark run                        capture and archive in one process
  $ tidemark status --watch             see how far the archive is
  $ tidemark get 42 --created-at 2026-11-23T05:37:17.123456Z -o file.bin

Configuration: docs/configuration.md. Errors: docs/errors.md.
Exit status: 0 done, 1 failed, 2 wrong usage or configuration.`;

/** The whole command line. Commands get their context at the moment they run. */
export function createProgram(base: Omit<CliContext, 'globals'>): Command {
  const program = new Command('tidemark')
    .description('Archives busy Postgres tables exactly once, with one watermark instead of an UPDATE a row.')
    .version(TOOL_VERSION, '--version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .addOption(new Option('--config <file>', 'configuration file').default('tidemark.yaml'))
    .addOption(
      new Option('--log-level <level>', 'least severity to log').choices([
        'debug',
        'info',
        'warn',
        'error',
        'silent',
      ]),
    )
    .configureHelp({ showGlobalOptions: true, sortOptions: true })
    .addHelpText('after', EXAMPLES)
    .exitOverride();
  const context: CliContext = { ...base, globals: () => program.opts<GlobalOptions>() };
  for (const add of COMMANDS) add(program, context);
  // What Commander would print about wrong usage comes through the one way for errors.
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => context.terminal.print(text.trimEnd()),
      writeErr: (text) => context.terminal.say(text),
      outputError: () => undefined,
    });
  }
  return program;
}

/** In the order of `tidemark --help`. */
const COMMANDS: readonly ((program: Command, context: CliContext) => void)[] = [
  addInit,
  addCheck,
  addRun,
  addCapture,
  addArchive,
  addRunCycle,
  addStatus,
  addExplain,
  addConsole,
  addEvents,
  addLs,
  addGet,
  addExtract,
  addVerify,
  addIndex,
  addServe,
  addReconcile,
  addCompare,
  addRejects,
  addReplay,
  addAdjust,
  addSyncArchived,
  addCleanup,
  addAdvise,
];
