import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { World } from './world.ts';

/** Runs a command of the built command line to its end. `output` is both of its streams. */
export async function runCommand(
  { cli, configPath }: Pick<World, 'cli' | 'configPath'>,
  args: readonly string[],
): Promise<{ status: number | null; output: string }> {
  const child = spawn(process.execPath, [cli, ...args, '--config', configPath], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { status, output: out + err };
}
