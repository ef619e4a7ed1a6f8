import type { TidemarkEvent } from '../log/event-contract.ts';
import { parseMicros } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';
import type { Offset } from '../model/offset.ts';

interface Told {
  readonly watermark: Micros;
  readonly at: Offset;
}

/**
 * How far each partition of one table is archived, as its events say.
 *
 * Only what ends a commit counts: a supplement is told before the window of the same commit, with the same watermark.
 */
export class PartitionWatermarks {
  readonly #told = new Map<number, Told>();
  #partitionCount = Number.POSITIVE_INFINITY;
  #firstMax: Micros | null = null;

  /** @returns true when the event told of a watermark. */
  take(event: TidemarkEvent, at: Offset): boolean {
    const said = watermarkOf(event);
    if (said === undefined) return false;
    if (!this.#told.has(said.partition))
      this.#firstMax = Math.max(this.#firstMax ?? said.watermark, said.watermark) as Micros;
    this.#told.set(said.partition, { watermark: said.watermark, at });
    this.#partitionCount = said.partitionCount;
    return true;
  }

  /** Up to where every partition is archived; null while one has not spoken. */
  get least(): Micros | null {
    if (this.#told.size < this.#partitionCount) return null;
    return Math.min(...[...this.#told.values()].map(({ watermark }) => watermark)) as Micros;
  }

  /** The greatest of what the partitions said first: of windows above it nothing was sealed before we listened. */
  get firstMax(): Micros | null {
    return this.#firstMax;
  }

  /** The oldest of what each partition said last. */
  get needed(): Offset | null {
    if (this.#told.size === 0) return null;
    return Math.min(...[...this.#told.values()].map(({ at }) => at)) as Offset;
  }
}

function watermarkOf(
  event: TidemarkEvent,
): { partition: number; partitionCount: number; watermark: Micros } | undefined {
  switch (event.type) {
    case 'tidemark.window.sealed.v1':
      if (event.data.kind !== 'window') return undefined;
      break;
    case 'tidemark.watermark.advanced.v1':
    case 'tidemark.watermark.adjusted.v1':
      break;
    case 'tidemark.shard.created.v1':
    case 'tidemark.partition.failed.v1':
    case 'tidemark.record.rejected.v1':
      return undefined;
  }
  const { partition, partitionCount } = event.data;
  const watermark = parseMicros(event.data.watermark);
  return watermark === undefined ? undefined : { partition, partitionCount, watermark };
}
