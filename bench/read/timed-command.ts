import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { join } from 'node:path';

const MAIN = join(import.meta.dirname, '../../dist/cli/main.js');
const TELL_PEAK = join(import.meta.dirname, 'tell-peak.mjs');

export interface TimedRun {
  readonly seconds: number;
  readonly peakRssBytes: number;
}

/** Runs a program to its end. @returns seconds. @throws when it fails. */
export async function timedCommand(command: string, args: readonly string[]): Promise<number> {
  return (await timed(command, args)).seconds;
}

/** The built command, as users run it: with its start. */
export async function timedTidemark(args: readonly string[]): Promise<TimedRun> {
  const { seconds, told } = await timed(process.execPath, ['--import', TELL_PEAK, MAIN, ...args]);
  return { seconds, peakRssBytes: Number(told) };
}

async function timed(
  command: string,
  args: readonly string[],
): Promise<{ readonly seconds: number; readonly told: string }> {
  const began = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit', 'pipe'] });
  const told = text(child.stdio[3] as Readable);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (status !== 0) throw new Error(`${command} ${args.slice(0, 3).join(' ')} ended with ${status}`);
  return { seconds: (performance.now() - began) / 1_000, told: await told };
}
