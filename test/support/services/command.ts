import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

export interface CommandOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Then it is killed, and its status is null. */
  readonly timeoutMs?: number;
}

export interface CommandResult {
  /** Null when a signal ended it. */
  readonly status: number | null;
  /** Standard output, then standard error. */
  readonly output: string;
}

/** Runs a command to its end, without a terminal. @returns undefined when there is no such command. */
export async function runCommand(options: CommandOptions): Promise<CommandResult | undefined> {
  const child = spawn(options.command, options.args, {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.timeoutMs === undefined
      ? {}
      : { timeout: options.timeoutMs, killSignal: 'SIGKILL' as const }),
  });
  const closed = once(child, 'close') as Promise<[number | null]>;
  try {
    const [output, errors, [status]] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
    return { status, output: output + errors };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
