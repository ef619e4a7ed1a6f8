import { createHash } from 'node:crypto';
import type { SealRequest, SealRows } from '../../model/seal.ts';
import { ownShardName, shardName } from '../../model/shard.ts';
import type { ShardInfo } from '../../model/shard.ts';
import { TidemarkError } from '../../base/errors.ts';
import { uidAt } from '../format/index-columns.ts';
import type { IndexColumns } from '../format/index-columns.ts';
import { digestOf } from '../read/digest-of.ts';
import { loadIndex } from '../read/load-index.ts';
import { openShard } from '../read/shard-reader.ts';
import type { ShardReader } from '../read/shard-reader.ts';
import { verifyContents } from '../read/verify-shard.ts';
import type { Sink } from '../sink.ts';
import { RowTable } from './row-table.ts';

/**
 * What stands under a shard's name.
 *
 * - `same`: a whole shard of exactly the rows that are to be packed, from an earlier try of this seal.
 * - `other rows`: a whole shard of some of the seal's rows: other files were bad at the earlier try.
 * - `damaged`: no whole shard. Nobody is writing it, for a shard gets its name after its last byte.
 * - `foreign`: a whole shard with a row that this seal does not have: another archive writes here.
 */
export type EarlierShard =
  | { readonly kind: 'same'; readonly shard: ShardInfo }
  | { readonly kind: 'other rows' }
  | { readonly kind: 'damaged'; readonly what: string }
  | { readonly kind: 'foreign'; readonly what: string };

interface ToBePacked {
  readonly sink: Sink;
  readonly request: SealRequest;
  readonly payload: 'file' | 'row';
  readonly part: number;
  /** Rows of the shard that is to be packed. */
  readonly positions: Uint32Array;
  readonly signal: AbortSignal;
}

/** Reads every byte of the file, and compares it with itself and with the rows. */
export async function readEarlierShard(name: string, wanted: ToBePacked): Promise<EarlierShard> {
  const { sink, request, signal } = wanted;
  let reader: ShardReader;
  let index: IndexColumns[];
  try {
    reader = await openShard(sink, name);
    for await (const { what } of verifyContents(reader)) return { kind: 'damaged', what };
    signal.throwIfAborted();
    index = await loadIndex(reader);
  } catch (error) {
    if (!(error instanceof TidemarkError) || error.code !== 'ERR_SHARD_CORRUPT') throw error;
    return { kind: 'damaged', what: error.detail };
  }
  const { metadata } = reader.layout;
  if (shardName(metadata, metadata.part) !== ownShardName(name))
    return { kind: 'foreign', what: 'and by what it says it is another shard' };
  const samePayload = metadata.payload === wanted.payload;
  if (!samePayload || metadata.rowsSha256 !== digestRows(request.rows, wanted.positions))
    return samePayload && holdsOnly(index, request.rows)
      ? { kind: 'other rows' }
      : { kind: 'foreign', what: 'and it holds rows that this seal does not have' };
  const { bytes } = reader.layout;
  const sha256 = await digestOf({ sink, name, bytes, onBytes: () => signal.throwIfAborted() });
  return { kind: 'same', shard: describe(reader, { name, part: wanted.part, sha256 }, index) };
}

function holdsOnly(index: readonly IndexColumns[], rows: SealRows): boolean {
  const table = new RowTable(rows);
  return index.every((page) => {
    for (let at = 0; at < page.count; at++)
      if (table.find(uidAt(page, at), page.createdAt[at]!) < 0) return false;
    return true;
  });
}

/** sha256 of `rows.ndjson` as packing these rows would write it. */
function digestRows(rows: SealRows, positions: Uint32Array): string {
  const hash = createHash('sha256');
  for (const position of positions) hash.update(rows.line(position)).update('\n');
  return hash.digest('hex');
}

function describe(
  { layout }: ShardReader,
  stored: Pick<ShardInfo, 'name' | 'part' | 'sha256'>,
  index: readonly IndexColumns[],
): ShardInfo {
  const { metadata, bytes } = layout;
  let fileBytes = 0;
  if (metadata.payload === 'file')
    for (const page of index) for (let at = 0; at < page.count; at++) fileBytes += page.sizeBytes[at]!;
  return {
    name: stored.name,
    part: stored.part,
    bytes,
    sha256: stored.sha256,
    rows: metadata.rows,
    files: metadata.files,
    sourceBytes: metadata.rowsBytes + fileBytes,
    minCreatedAt: metadata.minCreatedAt,
    maxCreatedAt: metadata.maxCreatedAt,
  };
}
