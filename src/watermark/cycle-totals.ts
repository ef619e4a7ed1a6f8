import type { BatchPart } from '../model/batch.ts';
import type { CycleReport } from '../model/cycle.ts';
import type { Micros } from '../model/micros.ts';
import type { SealResult } from '../model/seal.ts';

type Counts = Pick<
  CycleReport,
  'windows' | 'files' | 'bytes' | 'rejects' | 'shards' | 'shardBytes' | 'reusedShards'
>;

/** Counts what a cycle seals, or in a dry run what it would try. */
export class CycleTotals {
  readonly #windows = new Set<Micros>();
  #counts = { files: 0, bytes: 0, rejects: 0, shards: 0, shardBytes: 0, reusedShards: 0 };

  add({ manifest, reused }: SealResult): void {
    const { window, ledger, rejects, shards } = manifest;
    this.#windows.add(window.end);
    this.#counts.files += ledger.archived;
    this.#counts.rejects += rejects.length;
    this.#counts.shards += shards.length;
    if (reused) this.#counts.reusedShards += shards.length;
    for (const shard of shards) {
      this.#counts.bytes += shard.sourceBytes;
      this.#counts.shardBytes += shard.bytes;
    }
  }

  /** Believes the sizes that rows give: files are not looked at. */
  addUntried({ window, rows, rejects }: BatchPart): void {
    this.#windows.add(window.end);
    this.#counts.files += rows.count;
    this.#counts.rejects += rejects.length;
    for (let i = 0; i < rows.count; i++)
      this.#counts.bytes += (rows.sizeBytes(i) ?? 0) + rows.line(i).length + 1;
  }

  counts(): Counts {
    return { windows: this.#windows.size, ...this.#counts };
  }
}
