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

/** The pieces of one shard. */
export interface ShardProgress {
  planned(): void;
  done(unpacked: Unpacked): void;
  allPlanned(): void;
}

/** Counts what is done; a shard is done when all of its pieces are. */
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

  begin(): ShardProgress {
    let [open, hasPieces, isPlanned] = [0, false, false];
    const countShard = (): void => {
      if (hasPieces && isPlanned && open === 0) this.#counts.shards++;
      this.#onProgress?.(this.now());
    };
    return {
      planned: (): void => {
        hasPieces = true;
        open++;
      },
      done: ({ files, bytes, passedOver }: Unpacked): void => {
        open--;
        this.#counts.files += files;
        this.#counts.bytes += bytes;
        this.#counts.passedOver += passedOver;
        countShard();
      },
      allPlanned: (): void => {
        isPlanned = true;
        countShard();
      },
    };
  }
}
