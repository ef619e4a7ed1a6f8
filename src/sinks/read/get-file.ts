import { MICROS_PER_DAY, formatMicros } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import { TidemarkError } from '../../base/errors.ts';
import type { IndexEntry } from '../format/index-columns.ts';
import type { Sink } from '../sink.ts';
import { KeptArchive } from './kept-archive.ts';
import { MANIFEST_SUFFIX, WINDOW_DAYS_MAX, listTables } from './manifests.ts';
import type { NamedManifest } from './manifests.ts';
import { dayPrefix, shardName } from '../../model/shard.ts';
import type { ShardInfo } from '../../model/shard.ts';
import type { ShardReader } from './shard-reader.ts';

export interface FoundFile {
  readonly table: string;
  readonly manifestName: string;
  readonly shard: string;
  /** The shard as its manifest has it. */
  readonly info: ShardInfo;
  readonly reader: ShardReader;
  readonly entry: IndexEntry;
  /** The file, or with `payload: row` the row's JSON; its digest is checked at its end. */
  readonly content: AsyncIterable<Uint8Array>;
}

/**
 * Finds one archived row by uid and time, supplements included. Reads the manifests whose window can hold the
 * time, then tail, index page and frames of the shard: three range reads, two when the shard is known already.
 *
 * @param options.kept what was kept of this sink by the calls before; without it everything is read anew.
 * @throws TidemarkError ERR_UID_NOT_FOUND
 */
export async function getFile(options: {
  readonly sink: Sink;
  readonly kept?: KeptArchive;
  readonly table?: string;
  readonly uid: string;
  readonly createdAt: Micros;
}): Promise<FoundFile> {
  const { sink, uid, createdAt, kept = new KeptArchive({ sink }) } = options;
  const tables = options.table === undefined ? listTables(sink) : [options.table];
  for await (const table of tables)
    for await (const { name, manifest } of manifestsAround({ sink, kept, table, createdAt }))
      for (const info of manifest.shards) {
        if (createdAt < info.minCreatedAt || createdAt > info.maxCreatedAt) continue;
        const reader = await kept.shard(info);
        const entry = await reader.findMember(uid, createdAt);
        if (entry === undefined) continue;
        const content = reader.readFile(entry);
        return { table, manifestName: name, shard: info.name, info, reader, entry, content };
      }
  throw new TidemarkError('ERR_UID_NOT_FOUND', {
    detail: `no shard${options.table === undefined ? '' : ` of ${options.table}`} holds uid ${JSON.stringify(uid)} at ${formatMicros(createdAt)}`,
  });
}

/** Manifests whose window holds the time. A window is filed under the day of its end, so the days from the time on. */
async function* manifestsAround(place: {
  readonly sink: Sink;
  readonly kept: KeptArchive;
  readonly table: string;
  readonly createdAt: Micros;
}): AsyncGenerator<NamedManifest> {
  const { sink, kept, table, createdAt } = place;
  // Names of one day sort by window end, so those before the time are passed over unread.
  const earliest = shardName(
    {
      table,
      window: { start: createdAt, end: createdAt },
      partition: 0,
      partitionCount: 1,
      kind: 'window',
      firstOffset: null,
    },
    1,
  ).slice(0, -'-p0of1-0001.tar.zst'.length);
  for (let day = 0; day <= WINDOW_DAYS_MAX; day++) {
    const time = createdAt + day * MICROS_PER_DAY;
    if (!Number.isSafeInteger(time)) return;
    for await (const name of sink.list(dayPrefix(table, time as Micros))) {
      if (!name.endsWith(MANIFEST_SUFFIX) || (day === 0 && endsBefore(name, earliest))) continue;
      const manifest = await kept.manifest(name);
      if (manifest.window.start < createdAt && createdAt <= manifest.window.end) yield { name, manifest };
    }
  }
}

/** Compares to the second only: a fraction stands in the name where others have their Z. */
function endsBefore(name: string, earliest: string): boolean {
  const length = earliest.lastIndexOf('/') + 1 + 'yyyymmddThhmmss'.length;
  return name.slice(0, length) < earliest.slice(0, length);
}
