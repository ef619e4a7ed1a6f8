/** How a process ends, or is disturbed: SIGKILL, SIGSTOP, partition taken away, orderly shutdown. */
export type Fate = 'kill' | 'stop' | 'revoke' | 'drain';

export interface Plan {
  readonly fate: Fate;
  /** The step at which it strikes, counted from 1. */
  readonly atStep: number;
}

/**
 * One process as the outside sees it: a row of steps, one before or after each effect. After a kill no step ever
 * returns, so nothing of the process runs on, not even its clean-up. After a stop all steps wait for
 * {@link resume}; then the process goes on as if nothing had happened: a zombie.
 */
export class Life {
  readonly #plan: Plan | null;
  #steps = 0;
  #isKilled = false;
  #stopped: Promise<void> | null = null;
  #resume: () => void = () => undefined;
  readonly #strike: (fate: Fate) => void;
  /** Resolves when the plan strikes. */
  readonly struck: Promise<Fate>;
  /** Names of the steps taken. */
  readonly trace: string[] = [];
  readonly #actions = new Map<number, () => void>();

  constructor(plan: Plan | null) {
    this.#plan = plan;
    let strike: (fate: Fate) => void = () => undefined;
    this.struck = new Promise((resolve) => {
      strike = resolve;
    });
    this.#strike = strike;
  }

  async step(name: string): Promise<void> {
    if (this.#isKilled) return never();
    this.trace.push(name);
    this.#steps++;
    this.#actions.get(this.#steps)?.();
    if (this.#steps === this.#plan?.atStep) this.#meet(this.#plan.fate);
    if (this.#isKilled) return never();
    if (this.#stopped !== null) await this.#stopped;
  }

  /** Lets something happen in the world when this process takes its step of that number. */
  atStep(number: number, action: () => void): void {
    this.#actions.set(number, action);
  }

  resume(): void {
    this.#stopped = null;
    this.#resume();
  }

  #meet(fate: Fate): void {
    this.trace.push(fate.toUpperCase());
    if (fate === 'kill') this.#isKilled = true;
    if (fate === 'stop') {
      this.#stopped = new Promise((resolve) => {
        this.#resume = resolve;
      });
    }
    this.#strike(fate);
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
