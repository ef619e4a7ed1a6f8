import { formatMicros, MICROS_PER_SECOND } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import { floorToWindow } from '../../model/window.ts';
import type { Throughput } from './console-state.ts';

const BUCKET_SECONDS = 5;
const BUCKETS = 60;
const BUCKET_MICROS = BUCKET_SECONDS * MICROS_PER_SECOND;

/** How far back the events are read when somebody begins to look. */
export const THROUGHPUT_MICROS = BUCKETS * BUCKET_MICROS;

/** Rows and bytes by the time at which they were committed, of the last minutes only. */
export class ThroughputMeter {
  readonly #buckets = new Map<number, { rows: number; bytes: number }>();

  add(sealed: { readonly at: Micros; readonly rows: number; readonly bytes: number }): void {
    const begin = floorToWindow(sealed.at, BUCKET_MICROS);
    const bucket = this.#buckets.get(begin) ?? { rows: 0, bytes: 0 };
    bucket.rows += sealed.rows;
    bucket.bytes += sealed.bytes;
    this.#buckets.set(begin, bucket);
    // Clocks of several machines differ: what stands a little ahead is kept too.
    if (this.#buckets.size > 2 * BUCKETS) this.#buckets.delete(Math.min(...this.#buckets.keys()));
  }

  /** Whole buckets alone: the one that still fills would look like a fall. */
  read(now: Micros): Throughput {
    const end = floorToWindow(now, BUCKET_MICROS);
    const from = (end - THROUGHPUT_MICROS) as Micros;
    const buckets = Array.from({ length: BUCKETS }, (_, index) =>
      this.#buckets.get(from + index * BUCKET_MICROS),
    );
    return {
      bucketSeconds: BUCKET_SECONDS,
      from: formatMicros(from),
      rows: buckets.map((bucket) => bucket?.rows ?? 0),
      bytes: buckets.map((bucket) => bucket?.bytes ?? 0),
    };
  }
}
