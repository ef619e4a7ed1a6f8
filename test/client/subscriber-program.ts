import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createInterface } from 'node:readline';

/** A program that follows an archive and prints a line for each shard; it can be killed and started again. */
export class SubscriberProgram {
  readonly #command: readonly string[];
  readonly #arrived = new EventEmitter();
  #child: ChildProcess | undefined;
  #errors = '';
  /** Names of shards, as printed; one may be printed by two lives. */
  readonly printed: string[] = [];

  constructor(command: readonly string[]) {
    this.#command = command;
  }

  start(): void {
    const [program, ...args] = this.#command;
    const env = { ...process.env, SESSION_TIMEOUT_MS: '2000' };
    const child = spawn(program!, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
    this.#child = child;
    child.stderr.on('data', (chunk: Buffer) => (this.#errors += chunk.toString()));
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.printed.push(line);
      this.#arrived.emit('line');
    });
    child.once('exit', () => this.#arrived.emit('line'));
  }

  /** Waits until what was printed so far fulfils a condition. @throws when the program ends before that. */
  async until(holds: (printed: readonly string[]) => boolean): Promise<void> {
    while (!holds(this.printed)) {
      if (typeof this.#child?.exitCode === 'number')
        throw new Error(`${this.#command.join(' ')} ended: ${this.#errors}`);
      await once(this.#arrived, 'line');
    }
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** @returns its exit status and what it has written to standard error. */
  async terminate(): Promise<{ readonly status: number | null; readonly stderr: string }> {
    return { status: await this.#end('SIGTERM'), stderr: this.#errors };
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child!;
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    child.kill(signal);
    const [status] = (await once(child, 'close')) as [number | null];
    return status;
  }
}
