import { join } from 'node:path';
import type { FoundManifest } from '../manifests-on-disk.ts';
import { readShard } from '../read-shard.ts';
import type { ShardRow } from '../read-shard.ts';

/** A row as a shard that a manifest names holds it. */
export interface ArchivedRow extends ShardRow {
  readonly shard: string;
  /** sha256 of its file as the shard holds it; null when it holds none. */
  readonly fileSha256: string | null;
}

/** Every row of every shard that a manifest names, one shard after the other. */
export async function* archivedRows(
  sinkPath: string,
  manifests: readonly FoundManifest[],
): AsyncGenerator<ArchivedRow> {
  for (const { name: shard } of manifests.flatMap(({ shards }) => shards)) {
    const { rows, files } = await readShard(join(sinkPath, shard));
    for (const row of rows) yield { ...row, shard, fileSha256: files.get(row.uid) ?? null };
  }
}
