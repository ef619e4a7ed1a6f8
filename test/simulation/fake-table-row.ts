import type { Micros } from '../../src/model/micros.ts';

/** The row of `des_archive_config`: `UPDATE … SET archived_until = $1 WHERE archived_until < $1`. */
export class FakeTableRow {
  #archivedUntil: Micros;
  readonly #inspect: (to: Micros) => void;

  constructor(options: { archivedUntil: Micros; inspect: (to: Micros) => void }) {
    this.#archivedUntil = options.archivedUntil;
    this.#inspect = options.inspect;
  }

  get archivedUntil(): Micros {
    return this.#archivedUntil;
  }

  advance(to: Micros): void {
    if (to <= this.#archivedUntil) return;
    this.#inspect(to);
    this.#archivedUntil = to;
  }
}
