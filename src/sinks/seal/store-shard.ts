import type { Events } from '../../base/event-map.ts';
import type { ShardInfo } from '../../model/shard.ts';
import type { SealRequest } from '../../model/seal.ts';
import type { ShardMetadata } from '../format/shard-metadata.ts';
import { packShard } from '../pack/pack-shard.ts';
import type { PackPool } from '../pack/pack-pool.ts';
import { assertRootsUnchanged } from '../pack/roots.ts';
import type { Roots } from '../pack/roots.ts';
import { planShard } from '../pack/shard-plan.ts';
import type { ShardPlan } from '../pack/shard-plan.ts';
import type { Sink } from '../sink.ts';
import type { FrameCompressor } from '../zstd.ts';
import { zstdVersion } from '../zstd.ts';
import type { CutRows } from './cut-shards.ts';
import { measureRows } from './measure-rows.ts';
import type { RejectList } from './reject-list.ts';
import { ShardPlaces, orTaken } from './shard-place.ts';

/** What the shards of one seal have in common. */
export interface ShardContext {
  readonly sink: Sink;
  readonly request: SealRequest;
  readonly payload: 'file' | 'row';
  readonly frameBytes: number;
  readonly level: number;
  readonly toolVersion: string;
  readonly pool: PackPool;
  readonly compressor: FrameCompressor;
  readonly roots: Roots;
  readonly rejects: RejectList;
  readonly pins: ReadonlyMap<number, string>;
  readonly events: Events;
  readonly signal: AbortSignal;
  /** What must have ended before this shard gets its name. */
  readonly before: Promise<void> | undefined;
  readonly whileWorkersPack: () => void;
  readonly onTasksGiven: () => void;
}

/**
 * Packs and stores one shard. When files turn out bad they become rejects, the rest is looked at as a whole, so
 * that all of its bad files are known at once, and the shard is planned and packed again.
 *
 * A whole shard of these rows from an earlier try is taken over instead.
 *
 * @returns null when no row of it is left.
 */
export async function storeShard(
  context: ShardContext,
  cut: CutRows & { readonly part: number },
): Promise<ShardInfo | null> {
  const { sink, request, rejects } = context;
  const began = performance.now();
  let { positions, fileBytes, lineBytes } = cut;
  const places = new ShardPlaces({ ...context, part: cut.part, positions });
  let place = await places.find();
  // Each round takes at least one row away or goes to another name, so it ends.
  while (positions.length > 0) {
    context.signal.throwIfAborted();
    if ('shard' in place) {
      // What has gone bad since does not matter: the shard holds it as it was.
      rejects.remove(cut.positions);
      return stored(context, place.shard, began);
    }
    const { name } = place;
    const plan = planShard({
      rows: request.rows,
      positions,
      sizeBytes: fileBytes,
      lineBytes,
      payload: context.payload,
      frameBytes: context.frameBytes,
      pins: context.pins,
    });
    const outcome = await orTaken(
      packShard({
        ...context,
        plan,
        file: await sink.createFile(name),
        metadata: (rowsSha256) => describe(context, { plan, part: cut.part, rowsSha256 }),
      }),
    );
    if (outcome === 'taken') {
      place = await places.findNext();
      continue;
    }
    if ('sha256' in outcome) return stored(context, shardInfo(name, cut.part, plan, outcome), began);
    for (const [index, problem] of outcome) rejects.add(positions[index]!, problem);
    await rejectOtherBadRows(context, positions, fileBytes);
    if (rejects.hasReason('file_missing')) await assertRootsUnchanged(context.roots);
    const isKept = (_: number, i: number) => !rejects.has(positions[i]!);
    fileBytes = fileBytes.filter(isKept);
    lineBytes = lineBytes.filter(isKept);
    positions = positions.filter((position) => !rejects.has(position));
  }
  return null;
}

function stored({ events, request }: ShardContext, shard: ShardInfo, began: number): ShardInfo {
  const { table, partition } = request.name;
  events.emit('shard:stored', { table, partition, shard, durationMs: performance.now() - began });
  return shard;
}

async function rejectOtherBadRows(
  { request, pool, rejects, signal }: ShardContext,
  all: Uint32Array,
  fileBytes: Float64Array,
): Promise<void> {
  const expected = fileBytes.filter((_, i) => !rejects.has(all[i]!));
  const positions = all.filter((position) => !rejects.has(position));
  await measureRows({
    rows: request.rows,
    positions,
    expectedBytes: (i) => expected[i]!,
    pool,
    signal,
    onRow: (i, { problem }) => {
      if (problem !== undefined) rejects.add(positions[i]!, problem);
    },
  });
}

function describe(
  context: ShardContext,
  shard: { readonly plan: ShardPlan; readonly part: number; readonly rowsSha256: string },
): ShardMetadata {
  const { plan } = shard;
  const { name } = context.request;
  return {
    format: 'tidemark-shard',
    version: 1,
    table: name.table,
    kind: name.kind,
    window: { start: name.window.start, end: name.window.end },
    partition: name.partition,
    partitionCount: name.partitionCount,
    firstOffset: name.kind === 'window' ? null : name.firstOffset,
    part: shard.part,
    payload: context.payload,
    rows: plan.positions.length,
    files: context.payload === 'file' ? plan.positions.length : 0,
    rowsBytes: plan.totalLineBytes,
    rowsSha256: shard.rowsSha256,
    minCreatedAt: plan.minCreatedAt,
    maxCreatedAt: plan.maxCreatedAt,
    frameBytes: context.frameBytes,
    zstd: zstdVersion(),
    level: context.level,
    tidemark: context.toolVersion,
  };
}

function shardInfo(
  name: string,
  part: number,
  plan: ShardPlan,
  stored: { readonly bytes: number; readonly sha256: string },
): ShardInfo {
  return {
    name,
    part,
    bytes: stored.bytes,
    sha256: stored.sha256,
    rows: plan.positions.length,
    files: plan.payload === 'file' ? plan.positions.length : 0,
    sourceBytes: plan.sourceBytes,
    minCreatedAt: plan.minCreatedAt,
    maxCreatedAt: plan.maxCreatedAt,
  };
}
