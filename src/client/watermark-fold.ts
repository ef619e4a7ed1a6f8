import type { TidemarkEvent } from '../log/event-contract.ts';
import { formatMicros } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';
import type { Offset } from '../model/offset.ts';
import type { Fold } from './fold.ts';
import { PartitionWatermarks } from './partition-watermarks.ts';
import { BEFORE_ALL } from './position.ts';

/** The watermark of a table has moved: every partition has sealed up to it. */
export interface WatermarkMoved {
  /** `schema.name` */
  readonly table: string;
  /** Where it stood when it was last delivered; null at the first time. With `from: { window }` at first that time. */
  readonly from: string | null;
  /**
   * Every row whose created_at is at or below it is archived or rejected, in UTC with microseconds. It goes back only
   * when an operator sets it back (`tidemark adjust`).
   */
  readonly watermark: string;
}

/** Delivers the least watermark of all partitions of a table whenever it moves. */
export class WatermarkFold implements Fold<WatermarkMoved> {
  readonly #table: string;
  readonly #partitions = new PartitionWatermarks();
  /** What was delivered last. */
  #floor: Micros | null;

  constructor(options: { readonly table: string; readonly floor: Micros | null }) {
    this.#table = options.table;
    this.#floor = options.floor;
  }

  take(event: TidemarkEvent, at: Offset): readonly WatermarkMoved[] {
    if (event.data.table !== this.#table || !this.#partitions.take(event, at)) return [];
    const { least } = this.#partitions;
    if (least === null || least === this.#floor) return [];
    // A stream from a window on begins to read before it.
    const isBack = this.#floor !== null && least < this.#floor;
    if (isBack && event.type !== 'tidemark.watermark.adjusted.v1') return [];
    const from = this.#floor === null || this.#floor === BEFORE_ALL ? null : formatMicros(this.#floor);
    this.#floor = least;
    return [{ table: this.#table, from, watermark: formatMicros(least) }];
  }

  get needed(): Offset | null {
    return this.#partitions.needed;
  }

  get floor(): Micros | null {
    return this.#floor;
  }
}
