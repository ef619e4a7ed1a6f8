import { Events } from '../../base/event-map.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { SealRows } from '../../model/seal.ts';
import type { SealName, ShardInfo } from '../../model/shard.ts';
import type { PackPool } from '../pack/pack-pool.ts';
import type { Roots } from '../pack/roots.ts';
import { prepareRows } from '../seal/prepare-rows.ts';
import { RejectList } from '../seal/reject-list.ts';
import { storeShard } from '../seal/store-shard.ts';
import type { SinkFile } from '../sink.ts';
import { EmptySink } from './empty-sink.ts';
import type { FrameCompressor } from '../zstd.ts';

export interface RebuildShardOptions {
  readonly manifest: Manifest;
  readonly name: SealName;
  readonly shard: ShardInfo;
  /** The rows of this shard, in order. */
  readonly rows: SealRows;
  readonly roots: Roots;
  readonly pool: PackPool;
  readonly compressor: FrameCompressor;
  readonly frameBytes: number;
  readonly createFile: () => Promise<SinkFile>;
  readonly signal: AbortSignal;
}

/** The digest that a shard has when it is packed again, or why it cannot be. */
export type RebuiltShard = { readonly sha256: string } | { readonly obstacle: string };

/**
 * Packs one shard again with the versions and the level that its manifest names.
 *
 * @throws TidemarkError ERR_SOURCE_UNAVAILABLE, ERR_SINK_UNAVAILABLE, ERR_WORKER_FAILED.
 */
export async function rebuildShard(options: RebuildShardOptions): Promise<RebuiltShard> {
  const { manifest, name, shard, rows, signal } = options;
  const { payload, tool } = manifest;
  const rejects = new RejectList(rows);
  const prepared = await prepareRows({ ...options, payload, committed: undefined, rejects });
  if (rejects.count > 0) return { obstacle: obstacleOf(rejects) };
  const stored = await storeShard(
    {
      ...options,
      sink: new EmptySink(options.createFile),
      request: {
        name,
        rows,
        duplicates: 0,
        offsets: manifest.offsets,
        firstPart: shard.part,
        dropCommitted: false,
      },
      payload,
      level: tool.level,
      toolVersion: tool.tidemark,
      rejects,
      pins: prepared.pins,
      events: new Events(),
      signal,
      before: undefined,
      whileWorkersPack: () => undefined,
      onTasksGiven: () => undefined,
    },
    { ...prepared, part: shard.part },
  );
  if (stored === null || rejects.count > 0) return { obstacle: obstacleOf(rejects) };
  return { sha256: stored.sha256 };
}

function obstacleOf(rejects: RejectList): string {
  const reasons = [...new Set(rejects.toList().map(({ reason }) => reason))];
  const files = rejects.count === 1 ? '1 source file' : `${rejects.count} source files`;
  return `${files} cannot be packed again: ${reasons.join(', ')}`;
}
