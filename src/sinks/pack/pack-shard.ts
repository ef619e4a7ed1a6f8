import { assert } from '../../base/assert.ts';
import { indexOrder } from '../format/index-columns.ts';
import type { ShardMetadata } from '../format/shard-metadata.ts';
import type { StoredFile, SinkFile } from '../sink.ts';
import type { FrameCompressor } from '../zstd.ts';
import { inOrder } from './in-order.ts';
import { createCancellation } from './pack-pool.ts';
import type { PackPool } from './pack-pool.ts';
import type { PackResult } from './pack-task.ts';
import type { ShardPlan } from './shard-plan.ts';
import { shardTasks } from './shard-tasks.ts';
import type { PlannedTask } from './shard-tasks.ts';
import { ShardWriter } from './shard-writer.ts';
import type { SourceProblem } from './source-problem.ts';

/** Tasks that wait beyond those being worked on, so that no worker waits for the main thread. */
const WAITING_TASKS = 3;
const DIGEST_BYTES = 32;

/** Bad files by their place among the shard's files. */
export type BadFiles = ReadonlyMap<number, SourceProblem>;

/**
 * Packs one shard into a file of the sink.
 *
 * @returns what was stored, or the bad files that kept it from being stored; then nothing of it remains.
 * @throws the signal's reason when it is aborted, and whatever the sink or the pool throw.
 */
export async function packShard(options: {
  readonly plan: ShardPlan;
  readonly file: SinkFile;
  readonly pool: PackPool;
  readonly compressor: FrameCompressor;
  /** Metadata but for the digest of the rows, which is known at the end. */
  readonly metadata: (rowsSha256: string) => ShardMetadata;
  readonly signal: AbortSignal;
}): Promise<StoredFile | BadFiles> {
  const { plan, file, signal } = options;
  try {
    const writer = new ShardWriter(file);
    const results = new ShardResults(plan);
    await packFrames({ ...options, writer, results });
    signal.throwIfAborted();
    if (results.bad.size > 0) {
      await file.abort();
      return results.bad;
    }
    const metadata = options.metadata(plan.region.digest());
    return await writer.finish({
      columns: plan.columns,
      compressor: options.compressor,
      metadata,
      ...(results.order === undefined ? {} : { order: results.order }),
    });
  } catch (error) {
    // The first failure is the one to tell; a temporary file that cannot be removed is swept at the next start.
    await file.abort().catch(() => undefined);
    throw error;
  }
}

async function packFrames(options: {
  readonly plan: ShardPlan;
  readonly pool: PackPool;
  readonly signal: AbortSignal;
  readonly writer: ShardWriter;
  readonly results: ShardResults;
}): Promise<void> {
  const { plan, pool, signal, writer, results } = options;
  const cancellation = createCancellation();
  signal.addEventListener('abort', cancellation.cancel, { once: true });
  try {
    await inOrder<PlannedTask, PackResult | undefined>({
      tasks: shardTasks(plan),
      inFlightMax: pool.workers + WAITING_TASKS,
      onStop: cancellation.cancel,
      start: ({ task }) => pool.run(task, cancellation),
      finish: async (planned, result) => {
        if (result === undefined || signal.aborted) return false;
        if (!results.take(planned, result)) return false;
        for (const frame of result.frames) await writer.writeFrame(frame.data, frame.contentBytes);
        results.sortWhileWorkersPack();
        return true;
      },
    });
  } finally {
    signal.removeEventListener('abort', cancellation.cancel);
  }
}

/** What the workers found out: digests into the index, stamps compared, problems kept. */
class ShardResults {
  readonly bad = new Map<number, SourceProblem>();
  order: Uint32Array | undefined;
  readonly #plan: ShardPlan;
  readonly #stamps = new Map<number, string>();

  constructor(plan: ShardPlan) {
    this.#plan = plan;
  }

  /** @returns false when the shard cannot be made of these files. */
  take({ task, firstFile }: PlannedTask, result: PackResult): boolean {
    for (const { file, reason, detail } of result.problems)
      this.bad.set(firstFile + file, { reason, detail });
    if (result.stamp !== null && (this.#stamps.get(firstFile) ?? result.stamp) !== result.stamp)
      this.bad.set(firstFile, { reason: 'file_changed', detail: 'it changed while it was read' });
    if (this.bad.size > 0) return false;
    if (result.stamp !== null && (task.kind === 'digest' || task.kind === 'pieces'))
      this.#stamps.set(firstFile, result.stamp);
    if (result.digests.length > 0) {
      assert(this.#plan.columns.sha256 !== null, 'only files have digests');
      this.#plan.columns.sha256.set(result.digests, firstFile * DIGEST_BYTES);
    }
    return true;
  }

  /** The order needs no digest: sorting now costs no time, sorting at the end would leave the workers idle. */
  sortWhileWorkersPack(): void {
    this.order ??= indexOrder(this.#plan.columns);
  }
}
