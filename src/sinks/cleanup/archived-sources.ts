import type { Manifest } from '../../model/manifest.ts';
import type { Micros } from '../../model/micros.ts';
import type { ShardInfo } from '../../model/shard.ts';
import { uidFromBytes } from '../format/uid-bytes.ts';
import type { ArchivedRow } from '../read/archived-row.ts';
import { sealRows } from '../read/seal-rows.ts';
import type { Sink } from '../sink.ts';
import type { ArchivedContent } from './compare-source.ts';

/** A source file as a shard knows it. */
export interface ArchivedSource extends ArchivedContent {
  readonly uid: string;
  readonly createdAt: Micros;
  /** As the row says it; null when it says nothing that could be one. */
  readonly location: string | null;
}

const ALWAYS = { from: Number.MIN_SAFE_INTEGER as Micros, to: Number.MAX_SAFE_INTEGER as Micros };

/**
 * The source files of one shard, page by page, in its order.
 *
 * @param options.column the table's name for the file's location.
 */
export async function* archivedSources(options: {
  readonly sink: Sink;
  readonly manifest: Manifest;
  readonly info: ShardInfo;
  readonly column: string;
}): AsyncGenerator<ArchivedSource[]> {
  const { sink, manifest, info, column } = options;
  for await (const rows of sealRows({ sink, manifest: { ...manifest, shards: [info] }, range: ALWAYS }))
    yield rows.flatMap((row) => sourceOf(row, column));
}

function sourceOf({ uidBytes, createdAt, sizeBytes, sha256, line }: ArchivedRow, column: string) {
  if (sha256 === null || line === null) return [];
  return [{ uid: uidFromBytes(uidBytes), createdAt, sizeBytes, sha256, location: locationIn(line, column) }];
}

function locationIn(line: Buffer, column: string): string | null {
  const row: unknown = JSON.parse(line.toString('utf8'));
  if (typeof row !== 'object' || row === null || !Object.hasOwn(row, column)) return null;
  const location = (row as Record<string, unknown>)[column];
  return typeof location === 'string' ? location : null;
}
