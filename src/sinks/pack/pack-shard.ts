import { assert } from '../../base/assert.ts';
import { TidemarkError } from '../../base/errors.ts';
import type { ShardMetadata } from '../format/shard-metadata.ts';
import type { StoredFile, SinkFile } from '../sink.ts';
import type { FrameCompressor } from '../zstd.ts';
import { nameOfRow } from './file-fault.ts';
import { inOrder } from './in-order.ts';
import { createCancellation } from './pack-pool.ts';
import type { PackPool } from './pack-pool.ts';
import type { PackResult, PackTask } from './pack-task.ts';
import type { ShardPlan } from './shard-plan.ts';
import { shardTasks } from './shard-tasks.ts';
import type { PlannedTask } from './shard-tasks.ts';
import { ShardWriter } from './shard-writer.ts';
import type { SourceProblem } from './source-problem.ts';

/** Tasks for each worker that wait or are worked on, so that no worker waits for a main thread that is late. */
const TASKS_PER_WORKER = 8;
/** Of all these tasks together, before compression: more would only take memory. */
const TASK_BYTES_MAX = 16 * 1024 * 1024;
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
  /** Called often: room for a little work that would leave the workers idle at another time. */
  readonly whileWorkersPack: () => void;
  /** Called when the last task has begun, so that the next shard's tasks can follow at once. */
  readonly onTasksGiven: () => void;
  /** What must have ended before this shard gets its name. */
  readonly before: Promise<void> | undefined;
  readonly signal: AbortSignal;
}): Promise<StoredFile | BadFiles> {
  const { plan, file, signal } = options;
  const writer = new ShardWriter(file, options.pool.stagingMemory);
  try {
    const results = new ShardResults(plan);
    await packFrames({ ...options, writer, results });
    signal.throwIfAborted();
    if (results.bad.size > 0) {
      await writer.abort();
      return results.bad;
    }
    await options.before;
    signal.throwIfAborted();
    const metadata = options.metadata(plan.region.digest());
    return await writer.finish({
      columns: plan.columns,
      compressor: options.compressor,
      metadata,
    });
  } catch (error) {
    // The first failure is the one to tell; a temporary file that cannot be removed is swept at the next start.
    await writer.abort().catch(() => undefined);
    throw error;
  }
}

async function packFrames(options: {
  readonly plan: ShardPlan;
  readonly pool: PackPool;
  readonly whileWorkersPack: () => void;
  readonly onTasksGiven: () => void;
  readonly signal: AbortSignal;
  readonly writer: ShardWriter;
  readonly results: ShardResults;
}): Promise<void> {
  const { plan, pool, signal, writer, results } = options;
  const cancellation = createCancellation();
  signal.addEventListener('abort', cancellation.cancel, { once: true });
  try {
    await inOrder<PlannedTask, PackResult | undefined>({
      tasks: thenCall(shardTasks(plan, pool.frameMemory), options.onTasksGiven),
      inFlightMax: TASKS_PER_WORKER * pool.workers,
      inFlightMin: pool.workers + 1,
      weight: { of: ({ task }) => taskBytes(task), max: TASK_BYTES_MAX },
      onStop: cancellation.cancel,
      start: ({ task, firstFile }) =>
        pool.run(task, cancellation, (file) => nameOfRow(plan.rows, plan.positions[firstFile + file]!)),
      finish: async (planned, result) => {
        if (result === undefined || signal.aborted) return false;
        if (!results.take(planned, result)) return false;
        for (const frame of result.frames) await writer.writeFrame(frame.data, frame.contentBytes);
        if (planned.task.kind === 'frame') pool.frameMemory.give(planned.task.memory);
        options.whileWorkersPack();
        return true;
      },
    });
  } finally {
    signal.removeEventListener('abort', cancellation.cancel);
  }
}

function taskBytes(task: PackTask): number {
  if (task.kind === 'frame') return task.bytes;
  return task.kind === 'pieces' ? task.to - task.from : 0;
}

function* thenCall<T>(items: Iterable<T>, onEnd: () => void): Generator<T> {
  yield* items;
  onEnd();
}

/** What the workers found out: digests into the index, stamps compared, problems kept. */
class ShardResults {
  readonly bad = new Map<number, SourceProblem>();
  readonly #plan: ShardPlan;
  readonly #stamps = new Map<number, string>();
  /** Of the large file that is packed now, from its digest. */
  #digested: { readonly spanBytes: number; readonly checks: readonly number[] } | null = null;

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
    if (task.kind === 'digest') this.#digested = { spanBytes: task.spanBytes, checks: result.checks };
    if (task.kind === 'pieces' && !task.whole) this.#compareReadings(firstFile, task.from, result.checks[0]);
    if (result.digests.length > 0) {
      assert(this.#plan.columns.sha256 !== null, 'only files have digests');
      this.#plan.columns.sha256.set(result.digests, firstFile * DIGEST_BYTES);
    }
    return true;
  }

  /** Of one state of a file two readings gave other bytes: one of them was damaged on its way. */
  #compareReadings(file: number, from: number, check: number | undefined): void {
    assert(this.#digested !== null, 'a large file is digested before its pieces');
    const { spanBytes, checks } = this.#digested;
    if (check === checks[from / spanBytes]) return;
    const { rows, positions } = this.#plan;
    throw new TidemarkError('ERR_SOURCE_UNAVAILABLE', {
      detail: `the file of ${nameOfRow(rows, positions[file]!)} was read twice with other bytes at ${from}, without having changed`,
      remedy:
        'Nothing to do once: the seal is tried again. If it repeats, look for a disk, a memory or a proxy that changes bytes.',
    });
  }
}
