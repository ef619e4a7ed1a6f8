import { Piscina } from 'piscina';
import { messageOf, TidemarkError } from '../../base/errors.ts';
import { workerModule } from '../worker-module.ts';
import { createFrameMemory } from './frame-memory.ts';
import type { FrameMemory } from './frame-memory.ts';
import { MemoryPool } from './memory-pool.ts';
import type { PackOutcome, PackRequest, PackResult, PackTask, WorkerSettings } from './pack-task.ts';
import type { Roots } from './roots.ts';
import { STAGING_BYTES } from './write-behind.ts';

/** Cancels the tasks of one seal: workers look at it between frames. */
export interface Cancellation {
  readonly flag: Int32Array;
  readonly cancel: () => void;
}

export function createCancellation(): Cancellation {
  const flag = new Int32Array(new SharedArrayBuffer(4));
  return { flag, cancel: () => void Atomics.store(flag, 0, 1) };
}

const TASKS_AT_WORKER = 4;
/** A task's objects die with it: a larger nursery would only be memory that each thread keeps. */
const YOUNG_GENERATION_MB = 12;

/** Enough that a thread does not wait for an answer after each small object; Amazon takes thousands a second. */
const SOURCE_REQUESTS_MAX = 32;

export interface PackPoolOptions extends Pick<WorkerSettings, 'level' | 'frameBytes'> {
  readonly workers: number;
  readonly roots: Roots;
  /** To the buckets of source files, over all threads; at least one a thread. */
  readonly requestsMax?: number | undefined;
}

/** Threads that read, digest and compress, and the memory that goes to them and back. */
export class PackPool {
  readonly workers: number;
  /** Of the tasks under way, a frame each. */
  readonly frameMemory: MemoryPool<FrameMemory>;
  /** Of what waits to be written. */
  readonly stagingMemory = new MemoryPool(() => Buffer.allocUnsafeSlow(STAGING_BYTES));
  readonly #piscina: Piscina<PackRequest, PackOutcome>;

  constructor(options: PackPoolOptions) {
    const { workers, roots, level, frameBytes, requestsMax = SOURCE_REQUESTS_MAX } = options;
    const settings: WorkerSettings = {
      ...{ roots: roots.paths, buckets: roots.buckets, level, frameBytes },
      requestsMax: Math.ceil(requestsMax / workers),
    };
    this.workers = workers;
    this.frameMemory = new MemoryPool(() => createFrameMemory(frameBytes));
    this.#piscina = new Piscina({
      ...workerModule('sinks/pack/pack-worker'),
      name: 'runPackTask',
      minThreads: workers,
      maxThreads: workers,
      workerData: settings,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
      // The next task waits at the thread itself: a busy machine may let the main thread run only now and then.
      concurrentTasksPerWorker: TASKS_AT_WORKER,
      recordTiming: false,
    });
  }

  /**
   * @param nameOf names the row of one of the task's files.
   * @throws TidemarkError ERR_SOURCE_UNAVAILABLE when a source file cannot be read for a reason that may pass,
   * ERR_WORKER_FAILED when the thread ended.
   * @returns undefined when the seal was cancelled.
   */
  async run(
    task: PackTask,
    cancellation: Cancellation,
    nameOf: (file: number) => string,
  ): Promise<PackResult | undefined> {
    const outcome = await this.#outcome({ task, cancelled: cancellation.flag });
    if (outcome.kind === 'done') return outcome.result;
    if (outcome.kind === 'cancelled') return undefined;
    throw new TidemarkError('ERR_SOURCE_UNAVAILABLE', {
      detail: `${outcome.file === null ? 'a source file' : `the file of ${nameOf(outcome.file)}`} could not be read: ${outcome.detail}`,
      ...(outcome.remedy === null ? {} : { remedy: outcome.remedy }),
      cause: Object.assign(new Error(outcome.message), { code: outcome.code }),
    });
  }

  async #outcome(request: PackRequest): Promise<PackOutcome> {
    try {
      return await this.#piscina.run(request);
    } catch (cause) {
      throw new TidemarkError('ERR_WORKER_FAILED', {
        detail: messageOf(cause),
        cause,
      });
    }
  }

  async close(): Promise<void> {
    await this.#piscina.destroy();
  }
}
