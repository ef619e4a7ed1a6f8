import type { Micros } from '../model/micros.ts';

/**
 * What `des_archive_config.archived_until` of one table may say: the least watermark over *all* partitions, as the
 * group has committed them, and never less than it said before. No I/O.
 */
export class TableWatermark {
  readonly #partitionCount: number;
  #written: Micros;

  /** @param start what the row says when this process begins. */
  constructor(start: { written: Micros; partitionCount: number }) {
    this.#written = start.written;
    this.#partitionCount = start.partitionCount;
  }

  /** The last value that is known to stand in the row. */
  get written(): Micros {
    return this.#written;
  }

  /**
   * @param committed the watermark of each partition, null where the group has committed none yet.
   * @returns what to write, or null when the minimum has not moved.
   */
  computeTarget(committed: readonly (Micros | null)[]): Micros | null {
    if (committed.length < this.#partitionCount) return null;
    let minimum = Number.POSITIVE_INFINITY;
    for (const watermark of committed) {
      if (watermark === null) return null;
      minimum = Math.min(minimum, watermark);
    }
    return minimum > this.#written ? (minimum as Micros) : null;
  }

  /** The row says this now, whoever wrote it. */
  noteWritten(value: Micros): void {
    if (value > this.#written) this.#written = value;
  }
}
