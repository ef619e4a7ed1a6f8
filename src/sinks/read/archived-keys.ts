import { assert } from '../../base/assert.ts';
import type { Micros } from '../../model/micros.ts';
import type { Sink } from '../sink.ts';
import { compareRowPlaces } from './archived-row.ts';
import type { ArchivedRow, TimeRange } from './archived-row.ts';
import { archivedSlices } from './archived-slices.ts';

type Key = Pick<ArchivedRow, 'createdAt' | 'uidBytes'>;

/** A walk looks so far ahead: of small windows that is a few shards which perhaps nobody asks about. */
const PAGE_ROWS = 100;

/** One walk over the archive and where it stands. */
interface Walk {
  readonly range: TimeRange;
  readonly pages: AsyncGenerator<readonly ArchivedRow[]>;
  page: readonly ArchivedRow[];
  at: number;
}

/**
 * Tells of rows, asked in the order of (created_at, uid bytes), whether a committed shard holds them. It walks over
 * the indexes beside the questions, so that many rows cost one reading of each; where the questions leave a gap, it
 * begins a new walk behind it instead of reading what nobody asked about.
 */
export class ArchivedKeys {
  readonly #options: { readonly sink: Sink; readonly table: string; readonly gapMicros: number };
  #walk: Walk | undefined;
  #asked: { readonly key: Key; readonly held: boolean } | undefined;

  /** @param options.gapMicros a new walk must save more than it costs: some windows at least. */
  constructor(options: { readonly sink: Sink; readonly table: string; readonly gapMicros: number }) {
    this.#options = options;
  }

  /**
   * @param until how far questions may go on; not before the key's time.
   * @throws TidemarkError ERR_SHARD_CORRUPT, ERR_SINK_UNAVAILABLE.
   */
  async hold(key: Key, until: Micros): Promise<boolean> {
    const order = this.#asked === undefined ? 1 : compareRowPlaces(key, this.#asked.key);
    assert(order >= 0, 'rows are asked about in their order');
    if (order === 0) return this.#asked!.held;
    const walk = await this.#walkTo(key, until);
    let held = false;
    for (let row = await current(walk); row !== undefined; row = await current(walk)) {
      const place = compareRowPlaces(row, key);
      if (place > 0) break;
      // Of equal keys one may be a reject and another its retry.
      if (place === 0 && row.shard !== null) held = true;
      walk.at++;
    }
    this.#asked = { key: { createdAt: key.createdAt, uidBytes: Buffer.from(key.uidBytes) }, held };
    return held;
  }

  async close(): Promise<void> {
    await this.#walk?.pages.return(undefined);
    this.#walk = undefined;
  }

  async #walkTo(key: Key, until: Micros): Promise<Walk> {
    const walk = this.#walk;
    if (walk !== undefined && key.createdAt <= walk.range.to) {
      const reached = (await current(walk))?.createdAt ?? walk.range.to;
      if (key.createdAt - reached <= this.#options.gapMicros) return walk;
    }
    await this.close();
    const range = { from: (key.createdAt - 1) as Micros, to: until };
    return (this.#walk = { range, pages: allPages({ ...this.#options, range }), page: [], at: 0 });
  }
}

/** Undefined at the end. */
async function current(walk: Walk): Promise<ArchivedRow | undefined> {
  while (walk.at >= walk.page.length) {
    const next = await walk.pages.next();
    if (next.done === true) return undefined;
    walk.page = next.value;
    walk.at = 0;
  }
  return walk.page[walk.at];
}

async function* allPages(options: {
  readonly sink: Sink;
  readonly table: string;
  readonly range: TimeRange;
}): AsyncGenerator<readonly ArchivedRow[]> {
  const walked = archivedSlices({ ...options, keysOnly: true, pageRows: PAGE_ROWS });
  for await (const { pages } of walked) yield* pages;
}
