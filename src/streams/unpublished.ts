import type { CommitUnit } from '../model/commit-unit.ts';
import type { Reject } from '../model/row.ts';
import type { PlacedReject } from './assign-to-window.ts';

/** What the next unit must say besides its seals: rejects, and rows that no mark counted. */
export class Unpublished {
  #rejects: Reject[] = [];
  #rejectedRows = 0;
  #surplusRows = 0;

  get rejectCount(): number {
    return this.#rejects.length;
  }

  addReject({ reject, isRow }: PlacedReject): void {
    this.#rejects.push(reject);
    if (isRow) this.#rejectedRows++;
  }

  addSurplus(rows: number): void {
    this.#surplusRows += rows;
  }

  /** Hands everything over and begins anew. */
  take(): Pick<CommitUnit, 'rejects' | 'rejectedRows' | 'surplusRows'> {
    const taken = {
      rejects: this.#rejects,
      rejectedRows: this.#rejectedRows,
      surplusRows: this.#surplusRows,
    };
    this.#rejects = [];
    this.#rejectedRows = 0;
    this.#surplusRows = 0;
    return taken;
  }
}
