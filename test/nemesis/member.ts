import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';

/** How one life of a process ended. */
export interface Ending {
  readonly member: string;
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The failpoint at which it was to die, when one was set. */
  readonly failpoint: string | null;
  /** What we had asked for when it ended; null when it ended by itself. */
  readonly asked: 'kill' | 'drain' | 'stop' | null;
  /** What it said that was no line of its log. */
  readonly lastWords: string;
}

export interface MemberOptions {
  readonly name: string;
  /** Path of the built command line. */
  readonly cli: string;
  /** `archive` or `capture`. */
  readonly command: string;
  readonly configPath: string;
  /** Everything that it writes, over all its lives. */
  readonly logPath: string;
  readonly onEnding: (ending: Ending) => void;
}

/** As systemd does with TimeoutStopSec: far beyond rebalanceTimeout, within which a drain is to end. */
const KILL_AFTER_MS = 60_000;

/** As systemd does with RestartSec. */
const RESTART_AFTER_MS = 300;

/**
 * A process of the built command line that is started again whenever it ends, as a service manager would do.
 *
 * States: `up` from {@link start}; `down` after {@link leave} or {@link end}, until the next start.
 */
export class Member {
  readonly name: string;
  readonly #options: MemberOptions;
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #asked: Ending['asked'] = null;
  #isWanted = false;
  #restart: NodeJS.Timeout | undefined;
  #logFrom = 0;
  #isArmed = false;

  constructor(options: MemberOptions) {
    this.name = options.name;
    this.#options = options;
  }

  get isUp(): boolean {
    return this.#child !== undefined;
  }

  /** True while it runs with a failpoint set. */
  get isArmed(): boolean {
    return this.isUp && this.#isArmed;
  }

  /** Does nothing when it runs. @param failpoint as TIDEMARK_FAILPOINTS has it, for this life only. */
  start(failpoint: string | null = null): void {
    this.#isWanted = true;
    clearTimeout(this.#restart);
    if (this.#child !== undefined) return;
    const { cli, command, configPath, logPath } = this.#options;
    const log = openSync(logPath, 'a');
    this.#logFrom = statSync(logPath).size;
    const child = spawn(process.execPath, [cli, command, '--config', configPath], {
      stdio: ['ignore', log, log],
      env: { ...process.env, ...(failpoint === null ? {} : { TIDEMARK_FAILPOINTS: failpoint }) },
    });
    closeSync(log);
    this.#child = child;
    this.#isArmed = failpoint !== null;
    this.#asked = null;
    this.#ended = once(child, 'exit').then(([status, signal]) =>
      this.#onExit(failpoint, status as number | null, signal as NodeJS.Signals | null),
    );
  }

  /** Sends a signal of the kernel's own (SIGSTOP, SIGCONT). */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(signal);
  }

  /** SIGKILL; it comes back by itself. */
  async kill(): Promise<void> {
    this.#asked = 'kill';
    this.#child?.kill('SIGKILL');
    await this.#ended;
  }

  /** SIGTERM: it drains and comes back by itself. One that does not end is killed, which its ending then shows. */
  async drain(): Promise<void> {
    this.#asked = 'drain';
    const child = this.#child;
    child?.kill('SIGTERM');
    const patience = setTimeout(() => child?.kill('SIGKILL'), KILL_AFTER_MS);
    await this.#ended;
    clearTimeout(patience);
  }

  /** SIGTERM twice: it stops at once and comes back by itself. */
  async stop(): Promise<void> {
    this.#asked = 'stop';
    this.#child?.kill('SIGTERM');
    this.#child?.kill('SIGINT');
    await this.#ended;
  }

  /** Drains and stays away. */
  leave(): Promise<void> {
    this.#stayAway();
    return this.drain();
  }

  /** SIGKILL, and stays away. */
  end(): Promise<void> {
    this.#stayAway();
    return this.kill();
  }

  /** Lines of its log in this life, newest last. */
  log(): string[] {
    return readFileSync(this.#options.logPath).subarray(this.#logFrom).toString().split('\n');
  }

  #stayAway(): void {
    this.#isWanted = false;
    clearTimeout(this.#restart);
  }

  #onExit(failpoint: string | null, status: number | null, signal: NodeJS.Signals | null): void {
    this.#child = undefined;
    const lastWords = this.log()
      .filter((line) => line !== '' && !line.startsWith('{'))
      .join('\n');
    this.#options.onEnding({ member: this.name, status, signal, failpoint, asked: this.#asked, lastWords });
    if (!this.#isWanted) return;
    this.#restart = setTimeout(() => this.start(), RESTART_AFTER_MS);
  }
}
