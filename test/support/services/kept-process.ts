import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Owner } from './server-owner.ts';

const KEEPER = readFileSync(fileURLToPath(new URL('./keeper.sh', import.meta.url)), 'utf8');

/** A clean shutdown of Kafka or Postgres takes less than one. */
const KILL_AFTER_SECONDS = 20;

export interface KeptProcessOptions {
  /** The server: a program and its arguments. */
  readonly command: readonly string[];
  /** What must succeed before it: makes the empty database, formats the folder. Kept like the server itself. */
  readonly prepare?: readonly string[];
  /** What ends it cleanly. */
  readonly stopSignal: 'SIGINT' | 'SIGTERM';
  /** How long it may take for that when it is dropped; default 20. */
  readonly killAfterSeconds?: number;
  /** Working directory; must be readable by `owner`. */
  readonly cwd: string;
  /** Standard output and error are appended to it. */
  readonly logFile: string;
  /** Removed when the process is dropped or this Node process dies; null keeps it. */
  readonly temporaryFolder: string | null;
  /** Runs as this user instead of ours; only root may ask for it. */
  readonly owner: Owner | null;
  readonly env?: Readonly<Record<string, string>>;
}

/** A server that cannot outlive this Node process, whatever ends it: see keeper.sh. */
export interface KeptProcess {
  readonly pid: number;
  /** Resolves when the server and every process it made are gone. */
  readonly ended: Promise<void>;
  /** Sends `signal` to the server (not to its children). */
  signal(signal: NodeJS.Signals): void;
  /** After `ended`: leaves the folder to a later process. */
  release(): Promise<void>;
  /** Stops the server when it still runs, and removes the temporary folder. */
  drop(): Promise<void>;
}

/** @throws Error when the keeper cannot be started. */
export async function keepProcess(options: KeptProcessOptions): Promise<KeptProcess> {
  const log = openSync(options.logFile, 'a');
  const keeper = spawn(
    '/bin/sh',
    [
      ...['-c', KEEPER, 'keeper'],
      options.stopSignal.slice('SIG'.length),
      String(options.killAfterSeconds ?? KILL_AFTER_SECONDS),
      options.temporaryFolder ?? '',
      ...commandLine(options),
    ],
    {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      // Its own process group: Ctrl-C in a terminal is for us, and we stop the servers when we have done with them.
      detached: true,
      stdio: ['pipe', log, log, 'pipe'],
      ...options.owner,
    },
  );
  closeSync(log);
  const exited = once(keeper, 'exit').then(() => undefined);
  const lifeline = keeper.stdin!;
  // The keeper may end before it has read what we say; 'exit' tells us the same.
  lifeline.on('error', () => undefined);
  const report = keeper.stdio[3] as Readable;
  const { pid, ended } = await firstLine(report, exited);
  return {
    pid: Number(pid),
    ended,
    signal: (signal) => process.kill(Number(pid), signal),
    release: async () => {
      lifeline.end('release\n');
      await exited;
    },
    drop: async () => {
      lifeline.end();
      await exited;
    },
  };
}

/** `exec` makes the server the process that the keeper knows. */
function commandLine(options: KeptProcessOptions): readonly string[] {
  if (options.prepare === undefined) return options.command;
  return ['/bin/sh', '-c', `${quoted(options.prepare)} && exec ${quoted(options.command)}`];
}

function quoted(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
}

async function firstLine(
  report: Readable,
  exited: Promise<void>,
): Promise<{ pid: string; ended: Promise<void> }> {
  const ended = once(report, 'close').then(() => undefined);
  const text = await Promise.race([
    once(report, 'data').then(([chunk]) => String(chunk)),
    exited.then(() => {
      throw new Error('the keeper of a test server ended before it started the server');
    }),
  ]);
  report.resume();
  return { pid: text.trim(), ended };
}
