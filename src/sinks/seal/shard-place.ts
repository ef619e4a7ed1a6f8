import { unreachable } from '../../base/assert.ts';
import { TidemarkError } from '../../base/errors.ts';
import type { Events } from '../../base/event-map.ts';
import type { SealRequest } from '../../model/seal.ts';
import { shardName, shardNameAgain } from '../../model/shard.ts';
import type { ShardInfo } from '../../model/shard.ts';
import { moveAway } from '../move-away.ts';
import { findNamingManifest } from '../read/naming-manifest.ts';
import type { Sink } from '../sink.ts';
import { readEarlierShard } from './earlier-shard.ts';

/** So many files that no manifest names under the names of one shard are no accident any more. */
const AGAIN_MAX = 99;

/** Where a shard goes: a name to store it under, or the whole shard of an earlier try, which is taken over. */
export type ShardPlace = { readonly name: string } | { readonly shard: ShardInfo };

/**
 * Finds the place of one shard. A file that stands under a name is never moved, overwritten or removed; decision 0045
 * says why. What a killed process left whole is taken over; what is no shard, or one of other rows of the same seal, is
 * passed over for the next name.
 */
export class ShardPlaces {
  readonly #seal: ShardPlaceOptions;
  readonly #ownName: string;
  #again = 0;
  /** The file under the current name may have the very bytes that packing will give. */
  #mayBeEqual = false;

  constructor(options: ShardPlaceOptions) {
    this.#seal = options;
    this.#ownName = shardName(options.request.name, options.part);
  }

  /**
   * @throws TidemarkError ERR_SHARD_CONFLICT when a manifest names the file that is there, or it is another archive's.
   */
  async find(): Promise<ShardPlace> {
    const { sink } = this.#seal;
    for (; this.#again <= AGAIN_MAX; this.#again++) {
      const name = shardNameAgain(this.#ownName, this.#again);
      if ((await sink.size(name)) === null) return this.#settleOn(name, false);
      const manifest = await findNamingManifest(sink, name);
      if (manifest !== undefined) throw conflict(name, `and ${manifest} names it`);
      const earlier = await readEarlierShard(name, this.#seal);
      switch (earlier.kind) {
        case 'same':
          await sink.settle(name);
          return { shard: earlier.shard };
        case 'other rows':
          return this.#settleOn(name, true);
        case 'damaged':
          this.#passOver(name, earlier.what);
          break;
        case 'foreign':
          throw conflict(name, earlier.what, moveAway(sink, name));
        default:
          unreachable(earlier);
      }
    }
    throw conflict(this.#ownName, `and so are ${AGAIN_MAX} files under the names that follow it`);
  }

  /** After other bytes were found under the name that {@link find} gave: the place to try next. */
  async findNext(): Promise<ShardPlace> {
    if (this.#mayBeEqual) {
      this.#passOver(shardNameAgain(this.#ownName, this.#again), 'at an earlier try other files were bad');
      this.#again++;
    }
    return await this.find();
  }

  #settleOn(name: string, mayBeEqual: boolean): ShardPlace {
    this.#mayBeEqual = mayBeEqual;
    return { name };
  }

  #passOver(name: string, reason: string): void {
    const { table, partition } = this.#seal.request.name;
    this.#seal.events.emit('shard:passed-over', { table, partition, name, reason });
  }
}

export interface ShardPlaceOptions {
  readonly sink: Sink;
  readonly request: SealRequest;
  readonly payload: 'file' | 'row';
  readonly part: number;
  /** Rows of the shard. */
  readonly positions: Uint32Array;
  readonly events: Events;
  readonly signal: AbortSignal;
}

function conflict(name: string, why: string, mend?: string): TidemarkError {
  return new TidemarkError('ERR_SHARD_CONFLICT', {
    detail: `${name} is taken, ${why}; nothing was overwritten`,
    ...(mend === undefined
      ? {}
      : {
          remedy: `Give each archive its own sink.url. If no other archive writes here: ${mend}, and start again.`,
        }),
  });
}

/** Waits for a shard to be stored; `taken` when other bytes stand under its name: they are looked at before anybody calls it a conflict. */
export async function orTaken<T>(storing: Promise<T>): Promise<T | 'taken'> {
  try {
    return await storing;
  } catch (error) {
    if (error instanceof TidemarkError && error.code === 'ERR_SHARD_CONFLICT') return 'taken';
    throw error;
  }
}
