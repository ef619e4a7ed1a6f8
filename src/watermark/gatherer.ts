import { Subject } from 'rxjs';
import type { OperatorFunction, Subscription } from 'rxjs';
import type { CommitUnit } from '../model/commit-unit.ts';
import type { Entry } from '../model/row.ts';

/** Drives the operators one entry at a time: what an entry closes comes back before the next one goes in. */
export class Gatherer {
  readonly #input = new Subject<Entry>();
  readonly #subscription: Subscription;
  #closed: CommitUnit[] = [];
  #failure: { readonly error: unknown } | undefined;

  constructor(operators: OperatorFunction<Entry, CommitUnit>) {
    this.#subscription = this.#input.pipe(operators).subscribe({
      next: (unit) => this.#closed.push(unit),
      error: (error: unknown) => {
        this.#failure = { error };
      },
    });
  }

  /** @throws what the operators refuse with. */
  take(entry: Entry): readonly CommitUnit[] {
    this.#input.next(entry);
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#closed.length === 0) return NO_UNITS;
    const closed = this.#closed;
    this.#closed = [];
    return closed;
  }

  end(): void {
    this.#subscription.unsubscribe();
  }
}

const NO_UNITS: readonly CommitUnit[] = [];
