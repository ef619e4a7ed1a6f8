import { CommitLoop } from './commit-loop.ts';
import type { StreamPosition } from './position.ts';

/** One delivery that is out. */
export interface Ticket {
  position: StreamPosition;
  isDone: boolean;
  readonly settle: (committed: Promise<void>) => void;
  /** Resolves when the stream would go on behind it. */
  readonly committed: Promise<void>;
}

/**
 * What is out, what is done, and how far that is committed.
 *
 * Deliveries may be done in any order; the position moves over those that are done with none undone before them. A
 * delivery counts as out until then, so their number stays bounded when the oldest takes long.
 */
export class DeliveryAccount {
  readonly #release: () => void;
  readonly #commits: CommitLoop;
  readonly #abort = new AbortController();
  #out: Ticket[] = [];
  #last: Promise<void> = Promise.resolve();

  /** @param options.release one delivery is out no more. */
  constructor(options: {
    readonly commit: (position: StreamPosition, signal: AbortSignal) => Promise<void>;
    readonly release: () => void;
  }) {
    this.#release = options.release;
    this.#commits = new CommitLoop((position) => options.commit(position, this.#abort.signal));
  }

  /** Aborted with {@link end}. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** @param position where the stream stands once this and everything before it is done. */
  issue(position: StreamPosition): Ticket {
    let settle: (committed: Promise<void>) => void = () => undefined;
    const committed = new Promise<void>((resolve) => (settle = resolve));
    // Who does not wait for it must not die of it.
    committed.catch(() => undefined);
    const ticket = { position, isDone: false, settle, committed };
    this.#out.push(ticket);
    return ticket;
  }

  /** An event that gave no delivery: done, once everything before it is. */
  pass(position: StreamPosition): void {
    const last = this.#out.at(-1);
    if (last === undefined) void this.#reach(position);
    else last.position = position;
  }

  done(ticket: Ticket): Promise<void> {
    if (ticket.isDone) return ticket.committed;
    ticket.isDone = true;
    if (this.#abort.signal.aborted) {
      this.#release();
      return ticket.committed;
    }
    const covered: Ticket[] = [];
    while (this.#out[0]?.isDone === true) covered.push(this.#out.shift()!);
    const reached = covered.at(-1);
    if (reached !== undefined) {
      const committed = this.#reach(reached.position);
      for (const { settle } of covered) {
        settle(committed);
        this.#release();
      }
    }
    return ticket.committed;
  }

  /** Resolves when everything that is done is committed, or cannot be. */
  async flushed(): Promise<void> {
    await this.#last.catch(() => undefined);
  }

  /** Nothing of it is committed any more. @param reason what those are told who are not done, or wait for a commit. */
  end(reason: Error): void {
    if (this.#abort.signal.aborted) return;
    this.#abort.abort(reason);
    for (const { isDone, settle } of this.#out) {
      settle(Promise.reject(reason));
      if (isDone) this.#release();
    }
  }

  #reach(position: StreamPosition): Promise<void> {
    const committed = this.#commits.reach(position);
    committed.catch(() => undefined);
    this.#last = committed;
    return committed;
  }
}
