import type { Manifest } from '../../model/manifest.ts';
import type { ShardInfo } from '../../model/shard.ts';
import { askFilter, openFilter } from '../filter/read-filter.ts';
import type { OpenFilter } from '../filter/read-filter.ts';
import type { UidHash } from '../filter/uid-hash.ts';
import type { Sink } from '../sink.ts';
import { listDays, listTables, manifestNames, readManifest } from './manifests.ts';
import type { ManifestQuery } from './manifests.ts';
import { openListedShard } from './shard-reader.ts';
import type { ShardReader } from './shard-reader.ts';

/** A manifest without its list of rejects, which may be longer than everything else together. */
export type ManifestHead = Omit<Manifest, 'rejects'>;

/** What finding something in an archive has to read, so that it can be remembered. */
export interface ArchiveReads {
  tables(): AsyncIterable<string>;
  /** Folders of the days that can hold such windows. */
  days(query: ManifestQuery): AsyncIterable<string>;
  /** Every name in the folder of a day. */
  namesOfDay(day: string): AsyncIterable<string>;
  /** Names of the manifests that begin with the prefix, in the order of their bytes. */
  manifestNames(prefix: string): AsyncIterable<string>;
  manifest(name: string): Promise<ManifestHead>;
  shard(info: Pick<ShardInfo, 'name' | 'bytes'>): Promise<ShardReader>;
  /** The head of a filter. */
  filter(name: string): Promise<OpenFilter>;
  /** Sections of a filter that may hold a uid. */
  askFilter(filter: OpenFilter, uid: UidHash): Promise<readonly number[]>;
}

/** Asks the sink each time. */
export function directReads(sink: Sink): ArchiveReads {
  return {
    tables: () => listTables(sink),
    days: (query) => listDays(sink, query),
    namesOfDay: (day) => sink.list(day),
    manifestNames: (prefix) => manifestNames(sink, prefix),
    manifest: (name) => readManifest(sink, name),
    shard: (info) => openListedShard(sink, info),
    filter: (name) => openFilter(sink, name),
    askFilter: (filter, uid) => askFilter(sink, filter, uid),
  };
}
