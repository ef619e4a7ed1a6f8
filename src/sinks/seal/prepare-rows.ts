import type { SealRows } from '../../model/seal.ts';
import type { PackPool } from '../pack/pack-pool.ts';
import type { CutRows } from './cut-shards.ts';
import { measureRows } from './measure-rows.ts';
import type { RejectList } from './reject-list.ts';

export interface PreparedRows extends CutRows {
  /** ETags of the objects that were looked at, by position: what is packed must still have them. */
  readonly pins: ReadonlyMap<number, string>;
}

/** What was seen of the files whose rows give no size, by position. */
interface Measured {
  readonly sizes: Map<number, number>;
  readonly pins: Map<number, string>;
}

/**
 * What is known of each row before packing. Sizes that rows give are believed here and checked while packing;
 * only files without one are looked at.
 *
 * @param options.committed a flag for each row that must be left out, or undefined.
 */
export async function prepareRows(options: {
  readonly rows: SealRows;
  readonly committed: Uint8Array | undefined;
  readonly payload: 'file' | 'row';
  readonly pool: PackPool;
  readonly rejects: RejectList;
  readonly signal: AbortSignal;
}): Promise<PreparedRows> {
  const { rows, committed, rejects } = options;
  const kept = new Uint32Array(rows.count);
  const unknown = new Uint32Array(options.payload === 'file' ? rows.count : 0);
  let keptCount = 0;
  let unknownCount = 0;
  for (let i = 0; i < rows.count; i++) {
    if (committed?.[i] === 1) continue;
    if (options.payload === 'file') {
      const { locationAt, lineAt } = rows.bytes(i);
      if (locationAt === lineAt) {
        rejects.add(i, { reason: 'file_location_missing', detail: 'the row names no file' });
        continue;
      }
      const sizeBytes = rows.sizeBytes(i);
      if (sizeBytes === null) unknown[unknownCount++] = i;
      else if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0) {
        rejects.add(i, { reason: 'file_size_differs', detail: `the row says ${sizeBytes} bytes` });
        continue;
      }
    }
    kept[keptCount++] = i;
  }
  const measured = await measureUnknown(options, unknown.subarray(0, unknownCount));
  return collect(options, kept.subarray(0, keptCount), measured);
}

async function measureUnknown(
  { rows, pool, rejects, signal }: Parameters<typeof prepareRows>[0],
  positions: Uint32Array,
): Promise<Measured> {
  const sizes = new Map<number, number>();
  const pins = new Map<number, string>();
  if (positions.length === 0) return { sizes, pins };
  await measureRows({
    rows,
    positions,
    expectedBytes: () => -1,
    pool,
    signal,
    onRow: (i, { sizeBytes, problem, pin }) => {
      if (problem === undefined) sizes.set(positions[i]!, sizeBytes);
      else rejects.add(positions[i]!, problem);
      if (pin !== null) pins.set(positions[i]!, pin);
    },
  });
  return { sizes, pins };
}

function collect(
  { rows, payload, rejects }: Parameters<typeof prepareRows>[0],
  kept: Uint32Array,
  { sizes, pins }: Measured,
): PreparedRows {
  const positions = rejects.count === 0 ? kept : kept.filter((position) => !rejects.has(position));
  const fileBytes = new Float64Array(positions.length);
  const lineBytes = new Float64Array(positions.length);
  for (let i = 0; i < positions.length; i++) {
    const position = positions[i]!;
    const { lineAt, end } = rows.bytes(position);
    lineBytes[i] = end - lineAt + 1;
    if (payload === 'file') fileBytes[i] = rows.sizeBytes(position) ?? sizes.get(position)!;
  }
  return { positions, fileBytes, lineBytes, pins };
}
