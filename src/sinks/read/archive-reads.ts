import type { Manifest } from '../../model/manifest.ts';
import type { ShardInfo } from '../../model/shard.ts';
import type { Sink } from '../sink.ts';
import { listTables, manifestNames, readManifest } from './manifests.ts';
import { openListedShard } from './shard-reader.ts';
import type { ShardReader } from './shard-reader.ts';

/** A manifest without its list of rejects, which may be longer than everything else together. */
export type ManifestHead = Omit<Manifest, 'rejects'>;

/** What finding something in an archive has to read, so that it can be remembered. */
export interface ArchiveReads {
  tables(): AsyncIterable<string>;
  /** Names of the manifests that begin with the prefix, in the order of their bytes. */
  manifestNames(prefix: string): AsyncIterable<string>;
  manifest(name: string): Promise<ManifestHead>;
  shard(info: Pick<ShardInfo, 'name' | 'bytes'>): Promise<ShardReader>;
}

/** Asks the sink each time. */
export function directReads(sink: Sink): ArchiveReads {
  return {
    tables: () => listTables(sink),
    manifestNames: (prefix) => manifestNames(sink, prefix),
    manifest: (name) => readManifest(sink, name),
    shard: (info) => openListedShard(sink, info),
  };
}
