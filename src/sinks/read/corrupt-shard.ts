import { TidemarkError } from '../../base/errors.ts';

/** Bytes `from` (inclusive) to `to` (exclusive) of a file. */
export interface FileRange {
  readonly from: number;
  readonly to: number;
}

/** ERR_SHARD_CORRUPT that knows the place. */
export class CorruptShard extends TidemarkError {
  readonly shard: string;
  readonly range: FileRange;
  /** What differs, without name and range. */
  readonly what: string;

  constructor(options: { readonly shard: string; readonly range: FileRange; readonly what: string }) {
    const { shard, range, what } = options;
    super('ERR_SHARD_CORRUPT', { detail: `${shard}, bytes ${range.from} to ${range.to}: ${what}` });
    this.shard = shard;
    this.range = range;
    this.what = what;
  }
}
