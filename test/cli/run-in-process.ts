import { runCli } from '../../src/cli/run-cli.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import type { CommandResult } from './command.ts';

/** Runs `tidemark ARGS` in this process: for commands that end by themselves, and cheaper than one of its own. */
export async function runInProcess(args: readonly string[]): Promise<CommandResult> {
  const texts = { out: '', err: '' };
  const stream = (name: 'out' | 'err') => ({
    write: (chunk: string | Uint8Array) => {
      texts[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      return true;
    },
    once: () => undefined,
  });
  const terminal = new Terminal({ out: stream('out'), err: stream('err') });
  const status = await runCli({ args, env: {}, terminal });
  return { status, ...texts };
}
