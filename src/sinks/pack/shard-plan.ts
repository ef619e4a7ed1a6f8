import { MICROS_PER_SECOND } from '../../model/micros.ts';
import type { Micros } from '../../model/micros.ts';
import type { SealRows } from '../../model/seal.ts';
import type { IndexColumns } from '../format/index-columns.ts';
import { digestPath, memberPath } from '../format/member-name.ts';
import { paddedBytes, tarHeaderBytes, ustarPathFits } from '../format/tar-header.ts';
import { uidToBytes } from '../format/uid-bytes.ts';
import type { PackFile } from './pack-task.ts';
import { RowsRegion } from './rows-region.ts';

/** Rows of one shard, with what is known of their files. */
export interface ShardRows {
  readonly rows: SealRows;
  /** Positions in `rows`, ascending. */
  readonly positions: Uint32Array;
  /** Of the file of each position; unused with `payload: row`. */
  readonly sizeBytes: Float64Array;
}

/** Everything about a shard's bytes that does not need its files' contents. */
export interface ShardPlan extends ShardRows {
  readonly payload: 'file' | 'row';
  readonly frameBytes: number;
  readonly region: RowsRegion;
  /** Tar bytes of each member: `rows.ndjson`, then the files. */
  readonly memberBytes: Float64Array;
  readonly lineBytes: number;
  readonly columns: IndexColumns;
  readonly sourceBytes: number;
  readonly minCreatedAt: Micros;
  readonly maxCreatedAt: Micros;
  /** The file at a place among the shard's files. */
  file(index: number): PackFile;
}

export function planShard(
  options: ShardRows & { readonly payload: 'file' | 'row'; readonly frameBytes: number },
): ShardPlan {
  const { rows, positions, payload } = options;
  const count = positions.length;
  const columns = startColumns(options);
  let lineBytes = 0;
  let fileBytes = 0;
  for (let i = 0; i < count; i++) {
    const bytes = rows.line(positions[i]!).length;
    columns.sizeBytes[i] = payload === 'row' ? bytes : options.sizeBytes[i]!;
    lineBytes += bytes + 1;
    if (payload === 'file') fileBytes += options.sizeBytes[i]!;
  }
  const minCreatedAt = rows.createdAt(positions[0]!);
  const maxCreatedAt = rows.createdAt(positions[count - 1]!);
  const region = new RowsRegion({ rows, positions, lineBytes, mtimeSeconds: secondsOf(maxCreatedAt) });
  const files = payload === 'file' ? nameFiles(options) : null;
  const memberBytes = new Float64Array(1 + (files === null ? 0 : count));
  memberBytes[0] = region.bytes;
  files?.memberBytes.forEach((bytes, i) => (memberBytes[i + 1] = bytes));
  return {
    ...options,
    region,
    memberBytes,
    lineBytes,
    columns,
    sourceBytes: lineBytes + fileBytes,
    minCreatedAt,
    maxCreatedAt,
    file: (index) => describeFile(options, index, files!.paths[index]!),
  };
}

function startColumns(options: ShardRows & { readonly payload: 'file' | 'row' }): IndexColumns {
  const { rows, positions } = options;
  const count = positions.length;
  const createdAt = new Float64Array(count);
  const uidEnds = new Uint32Array(count);
  const uids: Buffer[] = [];
  let uidEnd = 0;
  for (let i = 0; i < count; i++) {
    const uid = uidToBytes(rows.uid(positions[i]!));
    uids.push(uid);
    uidEnd += uid.length;
    uidEnds[i] = uidEnd;
    createdAt[i] = rows.createdAt(positions[i]!);
  }
  return {
    count,
    createdAt,
    frame: new Uint32Array(count),
    frameOffset: new Uint32Array(count),
    sizeBytes: new Float64Array(count),
    sha256: options.payload === 'file' ? Buffer.alloc(32 * count) : null,
    uidBytes: Buffer.concat(uids, uidEnd),
    uidEnds,
  };
}

/** Paths and lengths of the file members. A uid that stands in the shard already gets its created_at behind it. */
function nameFiles(options: ShardRows) {
  const { rows, positions } = options;
  const paths: string[] = [];
  const memberBytes = new Float64Array(positions.length);
  const seen = new Set<string>();
  for (let i = 0; i < positions.length; i++) {
    const uid = rows.uid(positions[i]!);
    paths.push(memberPath(uid, seen.has(uid) ? rows.createdAt(positions[i]!) : null));
    seen.add(uid);
    const file = describeFile(options, i, paths[i]!);
    memberBytes[i] = tarHeaderBytes(file) + paddedBytes(file.sizeBytes);
  }
  return { paths, memberBytes };
}

function describeFile({ rows, positions, sizeBytes }: ShardRows, index: number, path: string): PackFile {
  const position = positions[index]!;
  return {
    location: rows.fileLocation(position),
    path,
    fallbackPath: ustarPathFits(path) ? '' : digestPath(rows.uid(position)),
    sizeBytes: sizeBytes[index]!,
    mtimeSeconds: secondsOf(rows.createdAt(position)),
    sizeFromRow: rows.sizeBytes(position) !== null,
  };
}

function secondsOf(time: Micros): number {
  return Math.floor(time / MICROS_PER_SECOND);
}
