import type { Micros } from '../../model/micros.ts';
import type { Sink } from '../sink.ts';
import type { ArchivedRow, TimeRange } from './archived-row.ts';
import { readManifest } from './manifests.ts';
import { RowMerge } from './row-merge.ts';
import { sealDays } from './seal-days.ts';
import type { FoundSeal } from './seal-days.ts';
import { sealRejects, sealRows } from './seal-rows.ts';

/** The archived rows of a stretch of time, from the slice before (exclusive) up to `until`. */
export interface ArchivedSlice {
  readonly until: Micros;
  /** In the order of (created_at, uid bytes), rejects among them. To be read to its end before the next slice. */
  readonly pages: AsyncGenerator<readonly ArchivedRow[]>;
}

const PAGE_ROWS = 2_000;

/**
 * Every archived row of a time range in one order, over partitions, early parts and supplements, with bounded memory:
 * an index and a frame for each seal whose window is being read, and the names of the seals of a day.
 *
 * The slices exist for whoever compares: every seal of a slice was listed before its first row is handed out, so a
 * row of it was committed in the source table before that.
 *
 * @throws TidemarkError ERR_SHARD_CORRUPT, ERR_SINK_UNAVAILABLE.
 */
export async function* archivedSlices(options: {
  readonly sink: Sink;
  readonly table: string;
  readonly range: TimeRange;
  /** Reads the indexes alone. */
  readonly keysOnly?: boolean;
  /** A page is read whole, whatever windows it takes. */
  readonly pageRows?: number;
}): AsyncGenerator<ArchivedSlice> {
  const merge = new RowMerge();
  const waiting: FoundSeal[] = [];
  try {
    for await (const { until, seals } of sealDays(options)) {
      waiting.push(...seals);
      waiting.sort((a, b) => b.start - a.start);
      yield { until, pages: pagesUpTo(options, { until, waiting, merge }) };
    }
  } finally {
    await merge.close();
  }
}

async function* pagesUpTo(
  options: Parameters<typeof archivedSlices>[0],
  slice: { readonly until: Micros; readonly waiting: FoundSeal[]; readonly merge: RowMerge },
): AsyncGenerator<readonly ArchivedRow[]> {
  const { until, waiting, merge } = slice;
  const { pageRows = PAGE_ROWS } = options;
  let page: ArchivedRow[] = [];
  for (;;) {
    const next = waiting.at(-1);
    if (next !== undefined && next.start < Math.min(until, merge.first?.createdAt ?? until)) {
      waiting.pop();
      await openSeal(options, next.manifestName, merge);
      continue;
    }
    const row = merge.first;
    if (row === undefined || row.createdAt > until) break;
    page.push(row);
    if (page.length === pageRows) {
      yield page;
      page = [];
    }
    const reading = merge.advance();
    if (reading !== undefined) await reading;
  }
  if (page.length > 0) yield page;
}

async function openSeal(
  { sink, range, keysOnly = false }: Parameters<typeof archivedSlices>[0],
  manifestName: string,
  merge: RowMerge,
): Promise<void> {
  const manifest = await readManifest(sink, manifestName);
  await merge.add(sealRows({ sink, manifest, range, keysOnly }));
  const rejects = sealRejects(manifest, range);
  if (rejects.length > 0) await merge.add(onePage(rejects));
}

async function* onePage(rows: readonly ArchivedRow[]): AsyncGenerator<readonly ArchivedRow[]> {
  yield await Promise.resolve(rows);
}
