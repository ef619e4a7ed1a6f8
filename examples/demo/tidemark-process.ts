import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The command as `npm run build` made it: the demo uses nothing that a user does not have. */
const TIDEMARK = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface CommandOptions {
  readonly args: readonly string[];
  /** Where tidemark.yaml stands. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** Runs a command of Tidemark to its end. */
export async function runTidemark(options: CommandOptions): Promise<Finished> {
  const child = spawn(process.execPath, [TIDEMARK, ...options.args], {
    cwd: options.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: options.signal,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { status, stdout, stderr };
}

/** As {@link runTidemark}, for a command that must succeed. */
export async function mustRun(options: CommandOptions): Promise<string> {
  const { status, stdout, stderr } = await runTidemark(options);
  if (status === 0) return stdout;
  throw new Error(`tidemark ${options.args.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
}

/** `tidemark run` in the background, as an operator would keep it up. */
export class TidemarkDaemon {
  readonly #child: ChildProcess;
  readonly #logPath: string;
  #expected = false;
  /** Rejects when it ends without having been asked to. */
  readonly died: Promise<never>;
  readonly #closed: Promise<void>;

  constructor(options: { folder: string; logPath: string }) {
    this.#logPath = options.logPath;
    const log = openSync(options.logPath, 'a');
    // A process group of its own: Ctrl-C in the terminal is for the demo, which then drains this one.
    this.#child = spawn(process.execPath, [TIDEMARK, 'run'], {
      cwd: options.folder,
      stdio: ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    this.#closed = new Promise((resolve) => this.#child.once('close', () => resolve()));
    this.died = new Promise((_, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (status, signal) => {
        if (!this.#expected) reject(new Error(this.#obituary(status ?? signal)));
      });
    });
    this.died.catch(() => undefined);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** As a power cut would: no handler runs. */
  async kill(): Promise<void> {
    this.#expected = true;
    this.#child.kill('SIGKILL');
    await this.#closed;
  }

  /** SIGTERM: it finishes what is under way. Resolves with its exit status. */
  async stop(): Promise<number | null> {
    this.#expected = true;
    this.#child.kill('SIGTERM');
    await this.#closed;
    return this.#child.exitCode;
  }

  #obituary(reason: number | string | null): string {
    const tail = readFileSync(this.#logPath, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
    return `tidemark run ended by itself (${reason}); the end of its log:\n${tail}`;
  }
}
