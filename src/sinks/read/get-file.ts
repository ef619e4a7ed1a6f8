import { MICROS_PER_DAY, formatMicros, formatMicrosBasic } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import { dayPrefix } from '../../model/shard.ts';
import type { ShardInfo } from '../../model/shard.ts';
import { floorToWindow } from '../../model/window.ts';
import { TidemarkError } from '../../base/errors.ts';
import type { IndexEntry } from '../format/index-columns.ts';
import type { Sink } from '../sink.ts';
import { directReads } from './archive-reads.ts';
import type { ArchiveReads, ManifestHead } from './archive-reads.ts';
import { WINDOW_DAYS_MAX } from './manifests.ts';
import type { ShardReader } from './shard-reader.ts';
import { mayReach } from './window-reach.ts';

/** Where a file stands; nothing of it is read yet. */
export interface FilePlace {
  readonly table: string;
  readonly manifestName: string;
  readonly shard: string;
  /** The shard as its manifest has it. */
  readonly info: ShardInfo;
  readonly reader: ShardReader;
  readonly entry: IndexEntry;
}

export interface FoundFile extends FilePlace {
  /** The file, or with `payload: row` the row's JSON; its digest is checked at its end. */
  readonly content: AsyncIterable<Uint8Array>;
}

interface FileQuery {
  /** All tables when left out; the first that holds it. */
  readonly table?: string;
  readonly uid: string;
  readonly createdAt: Micros;
}

/**
 * Finds one archived row by uid and time, supplements included. Reads the manifests whose window can hold the
 * time, then tail, index page and frames of the shard: three range reads, fewer of what is remembered.
 *
 * @param options.reads what remembers reads of this sink ({@link cachedReads}); without it everything is read anew.
 * @throws TidemarkError ERR_UID_NOT_FOUND
 */
export async function getFile(
  options: FileQuery & { readonly sink: Sink; readonly reads?: ArchiveReads },
): Promise<FoundFile> {
  const place = await findFile(options.reads ?? directReads(options.sink), options);
  if (place === undefined) throw uidNotFound(options);
  return { ...place, content: place.reader.readFile(place.entry) };
}

export function uidNotFound({ table, uid, createdAt }: FileQuery): TidemarkError {
  return new TidemarkError('ERR_UID_NOT_FOUND', {
    detail: `no shard${table === undefined ? '' : ` of ${table}`} holds uid ${JSON.stringify(uid)} at ${formatMicros(createdAt)}`,
  });
}

/** @returns undefined when no committed shard holds it. */
export async function findFile(reads: ArchiveReads, query: FileQuery): Promise<FilePlace | undefined> {
  const { uid, createdAt } = query;
  const tables = query.table === undefined ? reads.tables() : [query.table];
  for await (const table of tables)
    for await (const { name, manifest } of manifestsAround(reads, table, createdAt))
      for (const info of manifest.shards) {
        if (createdAt < info.minCreatedAt || createdAt > info.maxCreatedAt) continue;
        const reader = await reads.shard(info);
        const entry = await reader.findMember(uid, createdAt);
        if (entry !== undefined) return { table, manifestName: name, shard: info.name, info, entry, reader };
      }
  return undefined;
}

/**
 * Manifests whose window holds the time. A window is filed under the day of its end: within the time's own day, or at
 * the midnight that ends it or, of a window of several days, a later one.
 */
async function* manifestsAround(
  reads: ArchiveReads,
  table: string,
  createdAt: Micros,
): AsyncGenerator<{ readonly name: string; readonly manifest: ManifestHead }> {
  const reach = { from: createdAt - 1, to: createdAt };
  const midnight = floorToWindow(createdAt, MICROS_PER_DAY);
  for (let day = 0; day <= WINDOW_DAYS_MAX; day++) {
    const begin = midnight + day * MICROS_PER_DAY;
    if (!Number.isSafeInteger(begin)) return;
    const folder = dayPrefix(table, (day === 0 ? createdAt : begin) as Micros);
    const prefix = day === 0 ? folder : `${folder}${formatMicrosBasic(begin as Micros)}-`;
    for await (const name of reads.manifestNames(prefix)) {
      if (!mayReach(name, reach)) continue;
      const manifest = await reads.manifest(name);
      if (manifest.window.start < createdAt && createdAt <= manifest.window.end) yield { name, manifest };
    }
  }
}
