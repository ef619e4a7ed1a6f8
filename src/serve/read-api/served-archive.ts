import type { Clock } from '../../base/clock.ts';
import { TidemarkError } from '../../base/errors.ts';
import { MICROS_PER_SECOND } from '../../model/micros.ts';
import type { ArchiveReads } from '../../sinks/read/archive-reads.ts';
import { ByteCache } from '../../sinks/read/byte-cache.ts';
import { cachedReads } from '../../sinks/read/cached-reads.ts';
import { findFile } from '../../sinks/read/get-file.ts';
import type { FilePlace } from '../../sinks/read/get-file.ts';
import { pageOfShards, pageOfWindows } from '../../sinks/read/manifest-page.ts';
import type { Page, PageQuery, ShardRow, WindowRow } from '../../sinks/read/manifest-page.ts';
import type { Sink } from '../../sinks/sink.ts';

/** So long may a list of names be old when it says that something is not there. */
const LIST_AGE_MAX_MICROS = MICROS_PER_SECOND;

/**
 * An archive as the requests see it. What was once found stays true, for nothing in an archive changes; so everything is
 * looked for in what is known first, and only what is not found there is asked of the sink again.
 */
export class ServedArchive {
  readonly cache: ByteCache;
  readonly #sink: Sink;
  readonly #known: ArchiveReads;
  readonly #fresh: ArchiveReads;

  constructor(options: { readonly sink: Sink; readonly cacheBytesMax: number; readonly clock: Clock }) {
    const { sink, clock } = options;
    this.#sink = sink;
    this.cache = new ByteCache({ bytesMax: options.cacheBytesMax });
    const shared = { sink, cache: this.cache };
    this.#known = cachedReads({ ...shared, lists: { clock, ageMaxMicros: Infinity } });
    this.#fresh = cachedReads({ ...shared, lists: { clock, ageMaxMicros: LIST_AGE_MAX_MICROS } });
  }

  async tables(): Promise<readonly string[]> {
    return await collect(this.#fresh.tables());
  }

  /** @returns undefined when no committed shard holds it. */
  async find(query: Parameters<typeof findFile>[1]): Promise<FilePlace | undefined> {
    for (const reads of [this.#known, this.#fresh]) {
      // A name out of a request becomes part of a path only when the archive has it.
      if (query.table !== undefined && !(await includes(reads.tables(), query.table))) continue;
      const place = await findFile(reads, query);
      if (place !== undefined) return place;
    }
    return undefined;
  }

  async windows(query: PageQuery): Promise<Page<WindowRow>> {
    await this.#requireTable(query.table);
    return await pageOfWindows({ sink: this.#sink, reads: this.#fresh }, query);
  }

  async shards(query: PageQuery): Promise<Page<ShardRow>> {
    await this.#requireTable(query.table);
    return await pageOfShards({ sink: this.#sink, reads: this.#fresh }, query);
  }

  async #requireTable(table: string): Promise<void> {
    if (await includes(this.#fresh.tables(), table)) return;
    throw new TidemarkError('ERR_HTTP_NOT_FOUND', {
      detail: `the archive has no table ${JSON.stringify(table)}`,
    });
  }
}

async function includes(items: AsyncIterable<string>, wanted: string): Promise<boolean> {
  for await (const item of items) if (item === wanted) return true;
  return false;
}

async function collect(items: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const item of items) all.push(item);
  return all;
}
