import { spawn } from 'node:child_process';
import { join } from 'node:path';

const MAIN = join(import.meta.dirname, '../../dist/cli/main.js');

/** Runs a program to its end. @returns seconds. @throws when it fails. */
export async function timedCommand(command: string, args: readonly string[]): Promise<number> {
  const began = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (status !== 0) throw new Error(`${command} ${args.slice(0, 3).join(' ')} ended with ${status}`);
  return (performance.now() - began) / 1_000;
}

/** The built command, as users run it: with its start. */
export async function timedTidemark(args: readonly string[]): Promise<number> {
  return await timedCommand(process.execPath, [MAIN, ...args]);
}
