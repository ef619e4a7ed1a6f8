import { CommanderError } from 'commander';
import type { Environment } from '../config/interpolate.ts';
import { createProgram } from './program.ts';
import { reportError } from './report-error.ts';
import type { ExitStatus } from './report-error.ts';
import type { Terminal } from './terminal.ts';

/**
 * Runs one command line to its end.
 *
 * @param options.args without `node` and the script.
 */
export async function runCli(options: {
  readonly args: readonly string[];
  readonly env: Environment;
  readonly terminal: Terminal;
}): Promise<ExitStatus> {
  const { args, env, terminal } = options;
  let failed = false;
  const fail = (): void => {
    failed = true;
  };
  const program = createProgram({ env, terminal, fail });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return failed ? 1 : 0;
  } catch (error) {
    if (error instanceof CommanderError && HELP_CODES.has(error.code)) return error.exitCode === 0 ? 0 : 2;
    return reportError({ error, terminal, showStack: wantsStack(args) });
  }
}

/** Help or the version was shown; without a command it was shown because there was none, which is wrong usage. */
const HELP_CODES = new Set(['commander.help', 'commander.helpDisplayed', 'commander.version']);

/** Read from the words themselves: wrong usage fails before the options are known. */
function wantsStack(args: readonly string[]): boolean {
  return args.some(
    (word, index) => word === '--log-level=debug' || (word === '--log-level' && args[index + 1] === 'debug'),
  );
}
