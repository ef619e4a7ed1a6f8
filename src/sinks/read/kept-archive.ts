import { LRUCache } from 'lru-cache';
import type { Manifest } from '../../model/manifest.ts';
import type { ShardInfo } from '../../model/shard.ts';
import type { Sink } from '../sink.ts';
import { TAIL_BYTES } from './decode-layout.ts';
import { readManifest } from './manifests.ts';
import { openListedShard } from './shard-reader.ts';
import type { ShardReader } from './shard-reader.ts';

/** Layouts of some hundred shards and as many manifests. */
const BYTES_MAX = 64 * 1024 * 1024;
/** Of one shard or one reject in a manifest in memory, generously. */
const LISTED_BYTES = 1_024;

/**
 * What a process that reads an archive again and again keeps of it: manifests, and where in a shard what stands. Both
 * are written once and never changed, so what is kept is never stale; only lists of names are asked for anew.
 */
export class KeptArchive {
  readonly #sink: Sink;
  readonly #manifests: LRUCache<string, Manifest>;
  readonly #shards: LRUCache<string, ShardReader>;

  /** @param options.bytesMax of the manifests, and of the shards. */
  constructor(options: { readonly sink: Sink; readonly bytesMax?: number }) {
    const { sink, bytesMax: maxSize = BYTES_MAX } = options;
    this.#sink = sink;
    this.#manifests = new LRUCache({ maxSize, sizeCalculation: manifestBytes });
    this.#shards = new LRUCache({ maxSize, sizeCalculation: layoutBytes });
  }

  /** @throws TidemarkError as {@link readManifest} does. */
  async manifest(name: string): Promise<Manifest> {
    const kept = this.#manifests.get(name);
    if (kept !== undefined) return kept;
    const manifest = await readManifest(this.#sink, name);
    this.#manifests.set(name, manifest);
    return manifest;
  }

  /** @throws TidemarkError ERR_SHARD_CORRUPT, ERR_SINK_UNAVAILABLE. */
  async shard(info: Pick<ShardInfo, 'name' | 'bytes'>): Promise<ShardReader> {
    const kept = this.#shards.get(info.name);
    if (kept !== undefined) return kept;
    const reader = await openListedShard(this.#sink, info);
    this.#shards.set(info.name, reader);
    return reader;
  }
}

function manifestBytes({ shards, rejects }: Manifest): number {
  return LISTED_BYTES * (1 + shards.length + rejects.length);
}

/** The directory is a view into the tail that was read. */
function layoutBytes({ layout }: ShardReader): number {
  return Math.max(TAIL_BYTES, layout.bytes - layout.directoryRange.from) + 8 * layout.frames.length;
}
