import type { Manifest } from '../../model/manifest.ts';
import type { Micros } from '../../model/micros.ts';
import { uidAt } from '../format/index-columns.ts';
import type { IndexColumns } from '../format/index-columns.ts';
import { uidToBytes } from '../format/uid-bytes.ts';
import type { Sink } from '../sink.ts';
import type { ArchivedRow, TimeRange } from './archived-row.ts';
import { entryLines } from './entry-lines.ts';
import { inTarOrder } from './expected-members.ts';
import { loadIndex } from './load-index.ts';
import { openShard } from './shard-reader.ts';
import type { ShardReader } from './shard-reader.ts';

/** Rows of a page where no lines are read, which would give it its length. */
const PAGE_ROWS = 2_000;

/**
 * Rows of one seal in their order, page by page. Its shards follow one another, so that one index and one frame are
 * in memory at a time.
 *
 * @throws CorruptShard
 */
export async function* sealRows(options: {
  readonly sink: Sink;
  readonly manifest: Manifest;
  readonly range: TimeRange;
  /** Reads no lines, whatever the payload. */
  readonly keysOnly?: boolean;
}): AsyncGenerator<ArchivedRow[]> {
  const { sink, manifest, range, keysOnly = false } = options;
  for (const { name, minCreatedAt, maxCreatedAt } of manifest.shards) {
    if (maxCreatedAt <= range.from || minCreatedAt > range.to) continue;
    const reader = await openShard(sink, name);
    const hasLines = reader.layout.metadata.payload === 'file' && !keysOnly;
    const pages = hasLines ? rowsWithLines(reader) : rowsOfIndex(reader);
    for await (const rows of pages) {
      const fitting = rows.filter(({ createdAt }) => createdAt > range.from && createdAt <= range.to);
      if (fitting.length > 0) yield fitting;
      if (rows.at(-1)!.createdAt > range.to) return;
    }
  }
}

/** Rows that the seal lists as rejects; without uid or time a reject cannot be told from another. */
export function sealRejects({ rejects }: Manifest, range: TimeRange): ArchivedRow[] {
  const rows: ArchivedRow[] = [];
  for (const { uid, createdAt } of rejects) {
    if (uid === null || createdAt === null || createdAt <= range.from || createdAt > range.to) continue;
    rows.push({
      createdAt,
      uidBytes: uidToBytes(uid),
      shard: null,
      sizeBytes: 0,
      sha256: null,
      line: null,
    });
  }
  return rows;
}

async function* rowsWithLines(reader: ShardReader): AsyncGenerator<ArchivedRow[]> {
  for await (const rows of entryLines(reader, inTarOrder(await loadIndex(reader))))
    yield rows.map(([entry, line]) => rowOf(reader, entry, line));
}

async function* rowsOfIndex(reader: ShardReader): AsyncGenerator<ArchivedRow[]> {
  const entries = inTarOrder(await loadIndex(reader));
  for (let from = 0; from < entries.length; from += PAGE_ROWS)
    yield entries.slice(from, from + PAGE_ROWS).map((entry) => rowOf(reader, entry, null));
}

function rowOf(
  reader: ShardReader,
  [page, at]: readonly [IndexColumns, number],
  line: Buffer | null,
): ArchivedRow {
  return {
    createdAt: page.createdAt[at]! as Micros,
    uidBytes: uidAt(page, at),
    shard: reader.name,
    sizeBytes: page.sizeBytes[at]!,
    sha256: page.sha256?.subarray(32 * at, 32 * (at + 1)) ?? null,
    line,
  };
}
