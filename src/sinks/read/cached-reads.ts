import type { Clock } from '../../base/clock.ts';
import type { IndexColumns } from '../format/index-columns.ts';
import type { Sink } from '../sink.ts';
import type { ArchiveReads, ManifestHead } from './archive-reads.ts';
import { directReads } from './archive-reads.ts';
import { ByteCache } from './byte-cache.ts';
import { TAIL_BYTES } from './decode-layout.ts';
import type { ShardLayout } from './decode-layout.ts';
import { readLayout } from './shard-layout.ts';
import { ShardReader } from './shard-reader.ts';

export interface CachedReadsOptions {
  readonly sink: Sink;
  /** One of 64 MiB when left out. */
  readonly cache?: ByteCache;
  /** How long lists of names are believed; when left out they are asked for each time. What has a name never changes. */
  readonly lists?: ListAge;
}

interface ListAge {
  readonly clock: Clock;
  readonly ageMaxMicros: number;
}

interface NameList {
  readonly names: readonly string[];
  readonly readAt: number;
}

/**
 * Reads an archive and remembers what it read: manifests, layouts of shards and index pages as long as there is room,
 * lists of names for a while.
 */
export function cachedReads(options: CachedReadsOptions): ArchiveReads {
  const { sink, cache = new ByteCache({ bytesMax: BYTES_MAX }), lists } = options;
  const direct = directReads(sink);
  const listed = (key: string, list: () => AsyncIterable<string>) =>
    lists === undefined ? list() : listedBefore(cache, lists, { key, list });
  return {
    tables: () => listed('tables', () => direct.tables()),
    days: (query) => direct.days(query),
    namesOfDay: (day) => direct.namesOfDay(day),
    manifestNames: (prefix) => listed(`names ${prefix}`, () => direct.manifestNames(prefix)),
    manifest: (name) =>
      cache.get(`manifest ${name}`, {
        load: async () => withoutRejects(await direct.manifest(name)),
        bytesOf: (manifest) => MANIFEST_BYTES + manifest.shards.length * SHARD_INFO_BYTES,
      }),
    shard: async ({ name, bytes }) => {
      const layout = await cache.get(`layout ${name}`, {
        load: () => readLayout(sink, { name, bytes }),
        bytesOf: layoutBytes,
      });
      return new CachedShardReader({ sink, name, layout, cache });
    },
    filter: (name) =>
      cache.get(`filter ${name}`, {
        load: () => direct.filter(name),
        bytesOf: ({ head }) => FILTER_BYTES + head.manifests.length * COVERED_BYTES,
      }),
    askFilter: (filter, uid) => direct.askFilter(filter, uid),
  };
}

class CachedShardReader extends ShardReader {
  readonly #cache: ByteCache;

  constructor(options: ConstructorParameters<typeof ShardReader>[0] & { readonly cache: ByteCache }) {
    super(options);
    this.#cache = options.cache;
  }

  override async readPage(number: number): Promise<IndexColumns> {
    return await this.#cache.get(`page ${number} ${this.name}`, {
      load: () => super.readPage(number),
      bytesOf: (columns) =>
        this.layout.directory.pages.at(number).contentBytes + columns.count * COLUMNS_BYTES,
    });
  }
}

async function* listedBefore(
  cache: ByteCache,
  { clock, ageMaxMicros }: ListAge,
  { key, list }: { readonly key: string; readonly list: () => AsyncIterable<string> },
): AsyncGenerator<string> {
  const askedAt = clock.now();
  const { names } = await cache.get<NameList>(key, {
    load: async () => {
      // The time before the question: what is stored while it is answered may be missing in the answer.
      const readAt = clock.now();
      const found: string[] = [];
      for await (const name of list()) found.push(name);
      return { names: found, readAt };
    },
    isUsable: ({ readAt }) => readAt >= askedAt - ageMaxMicros,
    bytesOf: (value) => value.names.reduce((sum, name) => sum + NAME_BYTES + name.length, 0),
  });
  yield* names;
}

function withoutRejects(manifest: ManifestHead): ManifestHead {
  return { ...manifest, rejects: [] } as ManifestHead;
}

const BYTES_MAX = 64 * 1024 * 1024;

/** What V8 keeps for each, about. */
const MANIFEST_BYTES = 1_500;
const SHARD_INFO_BYTES = 600;
const NAME_BYTES = 32;
const FILTER_BYTES = 1_000;
const COVERED_BYTES = 150;
/** Numbers of an entry of a page, besides the bytes of the page itself. */
const COLUMNS_BYTES = 28;
/** Where a frame or page begins, in memory of its own. */
const PLACE_BYTES = 12;

/** Directory and seek table are views into what was read at the shard's end. */
function layoutBytes({ bytes, directoryRange, seekTableRange, frames, directory }: ShardLayout): number {
  const tail = seekTableRange.to - directoryRange.from;
  return Math.min(bytes, tail + TAIL_BYTES) + (frames.length + directory.pages.length) * PLACE_BYTES;
}
