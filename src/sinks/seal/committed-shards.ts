import type { SealRows } from '../../model/seal.ts';
import type { ShardInfo } from '../../model/shard.ts';
import type { Window } from '../../model/window.ts';
import type { Sink } from '../sink.ts';
import { committedShards, findInShards } from './committed-rows.ts';

/** Batches follow each other in time, so an older window does not come back. */
const WINDOWS_MAX = 8;

/**
 * What stood in the committed shards of a window, of every partition, when this process first came to it. A process that
 * seals many small batches of one window and knows its own ones need not read all manifests again for each.
 */
export class CommittedShards {
  readonly #sink: Sink;
  readonly #table: string;
  readonly #known = new Map<number, readonly ShardInfo[]>();

  constructor(options: { readonly sink: Sink; readonly table: string }) {
    this.#sink = options.sink;
    this.#table = options.table;
  }

  /** @returns a flag for each row. @throws TidemarkError ERR_SINK_UNAVAILABLE, ERR_SHARD_CORRUPT. */
  async find(window: Window, rows: SealRows, signal: AbortSignal): Promise<Uint8Array> {
    const shards = this.#known.get(window.end) ?? (await this.#list(window));
    return findInShards({ sink: this.#sink, rows, shards, signal });
  }

  async #list(window: Window): Promise<readonly ShardInfo[]> {
    const shards: ShardInfo[] = [];
    const name = { table: this.#table, window, partition: 0, partitionCount: 1 };
    for await (const shard of committedShards(this.#sink, { ...name, kind: 'late', firstOffset: null }))
      shards.push(shard);
    if (this.#known.size >= WINDOWS_MAX) this.#known.clear();
    this.#known.set(window.end, shards);
    return shards;
  }
}
