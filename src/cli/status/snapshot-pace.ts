import { MICROS_PER_SECOND } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import { Pace } from './pace.ts';
import type { SnapshotReport } from './status-report.ts';

/** A page takes some tenths of a second. */
const APART_MICROS = MICROS_PER_SECOND / 2;

/** How fast the snapshot of each table is read, and how long that will take. */
export class SnapshotPaces {
  readonly #paces = new Map<string, { readonly pace: Pace; rows: number }>();

  note(table: string, rows: number, at: Micros): void {
    const known = this.#paces.get(table) ?? { pace: new Pace(), rows: 0 };
    this.#paces.set(table, known);
    // One that has read less than before has begun anew.
    if (rows < known.rows) known.pace.clear();
    known.rows = rows;
    known.pace.note(at, rows);
  }

  report(table: string, rows: number, estimatedRows: number | null): SnapshotReport {
    const perSecond = this.#paces.get(table)?.pace.perSecond({ apartMicros: APART_MICROS }) ?? null;
    const isMoving = perSecond !== null && perSecond > 0;
    const secondsLeft = isMoving && estimatedRows !== null ? (estimatedRows - rows) / perSecond : null;
    return { rows, estimatedRows, secondsLeft };
  }
}
