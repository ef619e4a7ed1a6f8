import type { Reject } from '../../model/row.ts';
import type { SealRows } from '../../model/seal.ts';
import type { SourceProblem } from '../pack/source-problem.ts';

/** Rows of one seal that cannot be archived, by their position: in the manifest they stand in the order of the rows. */
export class RejectList {
  readonly #rows: SealRows;
  readonly #problems = new Map<number, SourceProblem>();

  constructor(rows: SealRows) {
    this.#rows = rows;
  }

  get count(): number {
    return this.#problems.size;
  }

  add(position: number, problem: SourceProblem): void {
    this.#problems.set(position, problem);
  }

  /** Takes rows back that are archived after all. */
  remove(positions: Uint32Array): void {
    for (const position of positions) this.#problems.delete(position);
  }

  has(position: number): boolean {
    return this.#problems.has(position);
  }

  hasReason(reason: SourceProblem['reason']): boolean {
    for (const problem of this.#problems.values()) if (problem.reason === reason) return true;
    return false;
  }

  toList(): Reject[] {
    const rows = this.#rows;
    return [...this.#problems]
      .sort(([a], [b]) => a - b)
      .map(([position, { reason, detail }]) => ({
        uid: rows.uid(position),
        createdAt: rows.createdAt(position),
        fileLocation: rows.fileLocation(position),
        reason,
        detail,
        offset: rows.offset(position),
      }));
  }
}
