import type { Micros } from '../../model/micros.ts';
import type { SealRows } from '../../model/seal.ts';
import { FileMembers, secondsOf } from './file-members.ts';
import { RowsRegion } from './rows-region.ts';
import { ShardColumns } from './shard-columns.ts';

/** Rows of one shard, with what is known of their files. */
export interface ShardRows {
  readonly rows: SealRows;
  /** Positions in `rows`, ascending. */
  readonly positions: Uint32Array;
  /** Of the file of each position; unused with `payload: row`. */
  readonly sizeBytes: Float64Array;
  /** ETags of the objects that were looked at before packing, by position in `rows`: they must still have them. */
  readonly pins?: ReadonlyMap<number, string>;
  /** Of each position's line with its end. */
  readonly lineBytes: Float64Array;
}

/** Everything about a shard's bytes that does not need its files' contents. */
export interface ShardPlan extends ShardRows {
  readonly payload: 'file' | 'row';
  readonly frameBytes: number;
  readonly region: RowsRegion;
  /** Null with `payload: row`. */
  readonly members: FileMembers | null;
  readonly totalLineBytes: number;
  readonly columns: ShardColumns;
  readonly sourceBytes: number;
  readonly minCreatedAt: Micros;
  readonly maxCreatedAt: Micros;
}

export function planShard(
  options: ShardRows & { readonly payload: 'file' | 'row'; readonly frameBytes: number },
): ShardPlan {
  const { rows, positions, payload } = options;
  const count = positions.length;
  const columns = new ShardColumns({ count, digests: payload === 'file' });
  const totalLineBytes = sum(options.lineBytes);
  if (payload === 'file') columns.sizeBytes.set(options.sizeBytes);
  else for (let i = 0; i < count; i++) columns.sizeBytes[i] = options.lineBytes[i]! - 1;
  const minCreatedAt = rows.createdAt(positions[0]!);
  const maxCreatedAt = rows.createdAt(positions[count - 1]!);
  const mtimeSeconds = secondsOf(maxCreatedAt);
  return {
    ...options,
    region: new RowsRegion({ rows, positions, lineBytes: totalLineBytes, mtimeSeconds }),
    members: payload === 'file' ? new FileMembers({ ...options, columns }) : null,
    totalLineBytes,
    columns,
    sourceBytes: totalLineBytes + (payload === 'file' ? sum(options.sizeBytes) : 0),
    minCreatedAt,
    maxCreatedAt,
  };
}

/** Tar bytes of each member: `rows.ndjson`, then the files. To be passed through once. */
export function* memberBytes(plan: ShardPlan): Generator<number> {
  const { region, members, rows, positions, columns } = plan;
  if (members === null) for (let i = 0; i < columns.count; i++) columns.add(i, rows, positions[i]!);
  yield region.bytes;
  if (members !== null) for (let i = 0; i < columns.count; i++) yield members.measure(i);
}

function sum(numbers: Float64Array): number {
  let total = 0;
  for (let i = 0; i < numbers.length; i++) total += numbers[i]!;
  return total;
}
