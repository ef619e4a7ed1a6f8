import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const TIDEMARK = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** A command of Tidemark in a process of its own, so that its memory is its own. */
export class MeasuredProcess {
  readonly #child: ChildProcess;
  readonly #args: readonly string[];
  readonly #waiting = new Map<string, () => void>();
  readonly #lastLines: string[] = [];
  #stopping = false;
  /** Rejects when it ends before {@link stop}. */
  readonly died: Promise<never>;
  readonly #closed: Promise<void>;

  constructor(options: { args: readonly string[]; folder: string }) {
    this.#args = options.args;
    this.#child = spawn(process.execPath, [TIDEMARK, ...options.args], {
      cwd: options.folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    if (this.#child.stderr !== null)
      createInterface(this.#child.stderr).on('line', (line) => this.#read(line));
    this.#closed = new Promise((resolve) => this.#child.once('close', () => resolve()));
    this.died = new Promise((_, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (status) => {
        if (!this.#stopping)
          reject(new Error(`${this.#name} ended with ${status}:\n${this.#lastLines.join('\n')}`));
      });
    });
    this.died.catch(() => undefined);
  }

  /** Resolves at the next line of its log that holds `text`. */
  logged(text: string): Promise<void> {
    return Promise.race([this.died, new Promise<void>((resolve) => this.#waiting.set(text, resolve))]);
  }

  /** The kernel's own high-water mark, so that no sample can miss it. */
  peakRssBytes(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#child.kill('SIGTERM');
    await this.#closed;
  }

  get #name(): string {
    return `tidemark ${this.#args.join(' ')}`;
  }

  #read(line: string): void {
    this.#lastLines.push(line);
    if (this.#lastLines.length > 10) this.#lastLines.shift();
    for (const [text, resolve] of this.#waiting) {
      if (!line.includes(text)) continue;
      this.#waiting.delete(text);
      resolve();
    }
  }
}
