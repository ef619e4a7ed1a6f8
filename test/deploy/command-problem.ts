import { CommanderError } from 'commander';
import { createProgram } from '../../src/cli/program.ts';
import { Terminal } from '../../src/cli/terminal.ts';

/** Parses `tidemark LINE` with the real program and runs nothing. @returns what is wrong with it, or undefined. */
export async function commandProblem(line: string): Promise<string | undefined> {
  const silent = { write: () => true, once: () => undefined };
  const program = createProgram({
    terminal: new Terminal({ out: silent, err: silent }),
    env: {},
    fail: () => undefined,
  });
  for (const command of program.commands) command.action(() => undefined);
  try {
    await program.parseAsync(line.split(/\s+/), { from: 'user' });
    return undefined;
  } catch (error) {
    if (error instanceof CommanderError) return error.message;
    throw error;
  }
}
