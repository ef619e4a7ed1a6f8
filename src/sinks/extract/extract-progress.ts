import type { ShardInfo } from '../../model/shard.ts';
import type { Unpacked } from './piece.ts';

/** What one has, or what there is of it: with a selection, as far as the manifests tell. */
export interface ExtractCounts {
  readonly shards: number;
  readonly files: number;
  readonly bytes: number;
}

export interface ExtractProgress extends ExtractCounts {
  /** Files that were there already, whole. */
  readonly passedOver: number;
  readonly total: ExtractCounts;
}

/** Counts what is done. */
export class ExtractMeter {
  readonly #total: ExtractCounts;
  readonly #onProgress: ((progress: ExtractProgress) => void) | undefined;
  #counts = { shards: 0, files: 0, bytes: 0, passedOver: 0 };

  constructor(shards: readonly ShardInfo[], onProgress: ((progress: ExtractProgress) => void) | undefined) {
    const sum = (of: (info: ShardInfo) => number) => shards.reduce((total, info) => total + of(info), 0);
    const [files, bytes] = [sum((info) => info.files), sum((info) => info.sourceBytes)];
    this.#total = { shards: shards.length, files, bytes };
    this.#onProgress = onProgress;
  }

  now(): ExtractProgress {
    return { ...this.#counts, total: this.#total };
  }

  /** A piece of a shard is unpacked. */
  addPiece({ files, bytes, passedOver }: Unpacked): void {
    this.#counts.files += files;
    this.#counts.bytes += bytes;
    this.#counts.passedOver += passedOver;
    this.#onProgress?.(this.now());
  }

  /** All that was chosen of a shard is unpacked. */
  addShard(): void {
    this.#counts.shards++;
    this.#onProgress?.(this.now());
  }
}
