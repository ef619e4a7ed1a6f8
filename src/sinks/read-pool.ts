import { Piscina } from 'piscina';
import { TidemarkError, messageOf } from '../base/errors.ts';
import type { OpenSinkOptions } from './open-sink.ts';
import { fromOutcome } from './thread-outcome.ts';
import type { ThreadOutcome } from './thread-outcome.ts';
import type { workerModule } from './worker-module.ts';

/** How many threads read, and how each opens the sink anew. */
export interface ReadWorkers {
  readonly count: number;
  readonly sink: Omit<OpenSinkOptions, 'events'>;
}

/** Threads that read an archive and do something with it. */
export class ReadPool<Task, Result> {
  readonly #piscina: Piscina<Task, ThreadOutcome<Result>>;

  constructor(options: {
    readonly workers: number;
    readonly module: ReturnType<typeof workerModule>;
    /** The function of the module that takes a task and gives a {@link ThreadOutcome}. */
    readonly name: string;
    readonly settings: unknown;
  }) {
    this.#piscina = new Piscina({
      ...options.module,
      name: options.name,
      minThreads: 1,
      maxThreads: options.workers,
      workerData: options.settings,
      // With more the thread that is ready first would get the tasks that others are started for.
      concurrentTasksPerWorker: 1,
      recordTiming: false,
    });
  }

  /** @throws TidemarkError as the task did; ERR_WORKER_FAILED when the thread ended. */
  async run(task: Task): Promise<Result> {
    return fromOutcome(await this.#run(task));
  }

  async #run(task: Task): Promise<ThreadOutcome<Result>> {
    try {
      return await this.#piscina.run(task);
    } catch (cause) {
      throw new TidemarkError('ERR_WORKER_FAILED', { detail: messageOf(cause), cause });
    }
  }

  async close(): Promise<void> {
    await this.#piscina.destroy();
  }
}
