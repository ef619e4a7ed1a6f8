import type { PendingMark } from '../../model/capture-position.ts';
import type { CapturedRow } from '../../model/row.ts';
import type { SourcePosition } from '../../model/source-position.ts';

/** What one transaction makes true: rows, how far the partitions are read behind them, and at its end a mark. */
export interface Work {
  readonly rows: readonly CapturedRow[];
  readonly sources: readonly SourcePosition[];
  readonly mark: PendingMark | null;
}

interface Waiting extends Work {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Writes one transaction after the other. What comes while one is under way goes into the next one together, in the
 * order in which it came: many partitions with few rows cost no more transactions than one.
 *
 * After a failure everything is refused with it: what holds is to be read anew.
 */
export class GroupCommit {
  readonly #write: (work: Work) => Promise<void>;
  readonly #rowsMax: number;
  #waiting: Waiting[] = [];
  #isWriting = false;
  #failure: Error | undefined;

  constructor(options: { readonly write: (work: Work) => Promise<void>; readonly rowsMax: number }) {
    this.#write = options.write;
    this.#rowsMax = options.rowsMax;
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** @throws what the transaction threw that failed. */
  requireAlive(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Resolves when it is committed. */
  add(work: Work): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      this.#waiting.push({ ...work, resolve, reject });
      if (!this.#isWriting) void this.#writeAll();
    });
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      const together = this.#takeTogether();
      try {
        await this.#write(join(together));
        for (const { resolve } of together) resolve();
      } catch (error) {
        const failure =
          error instanceof Error ? error : new Error('the transaction failed', { cause: error });
        this.#failure = failure;
        const refused = [...together, ...this.#waiting];
        this.#waiting = [];
        for (const { reject } of refused) reject(failure);
      }
    }
    this.#isWriting = false;
  }

  /** Up to the first mark, which ends its transaction, or until there are rows enough. */
  #takeTogether(): Waiting[] {
    let rows = 0;
    let count = 0;
    for (const work of this.#waiting) {
      count++;
      rows += work.rows.length;
      if (work.mark !== null || rows >= this.#rowsMax) break;
    }
    return this.#waiting.splice(0, count);
  }
}

function join(together: readonly Work[]): Work {
  return {
    rows: together.flatMap(({ rows }) => rows),
    sources: together.flatMap(({ sources }) => sources),
    mark: together.at(-1)?.mark ?? null,
  };
}
