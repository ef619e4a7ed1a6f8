import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from './base/clock.ts';
import { isRetryable, messageOf, remedyOf } from './base/errors.ts';
import type { Events } from './base/event-map.ts';
import type { Stage } from './base/stage.ts';
import type { Config, TableConfig } from './config/config.ts';
import { runTableCycle } from './cycle-table.ts';
import type { CycleReport, CycleStrategy } from './model/cycle.ts';
import type { Sealer } from './sinks/sealer.ts';
import type { Sink } from './sinks/sink.ts';

export interface CycleStageOptions {
  readonly config: Config;
  readonly tables: readonly TableConfig[];
  readonly strategy: CycleStrategy;
  readonly batchRows: number;
  readonly dryRun: boolean;
  /** Time from the beginning of one cycle to that of the next; null for one cycle alone. */
  readonly everyMs: number | null;
  readonly sink: Sink;
  readonly createSealer: (table: TableConfig) => Sealer;
  readonly onReport: (report: CycleReport) => void;
  readonly clock: Clock;
  readonly events: Events;
}

/** After a failure that may pass the next cycle does not wait a whole day. */
const AGAIN_AFTER_MS = 60_000;

/**
 * `tidemark run-cycle`: one cycle over each table, or one after another until `drain` (the windows or the batch under
 * way are finished and counted) or `stop` (abandoned; the next cycle does them again).
 *
 * The failure of one table does not keep the others waiting. One that may pass is left to the next cycle, if there is
 * to be one; any other ends the stage.
 */
export class CycleStage implements Stage {
  readonly #options: CycleStageOptions;
  readonly #stopped = new AbortController();
  readonly #draining = new AbortController();
  readonly #sealers = new Map<string, Sealer>();

  constructor(options: CycleStageOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    const { everyMs } = this.#options;
    try {
      for (;;) {
        const beganAt = performance.now();
        const failure = await this.#cycleAll();
        if (failure !== undefined && (everyMs === null || !isRetryable(failure.error))) throw failure.error;
        if (everyMs === null || this.#isEnding()) return;
        const pauseMs = failure === undefined ? everyMs : Math.min(everyMs, AGAIN_AFTER_MS);
        await this.#pause(pauseMs - (performance.now() - beganAt));
        if (this.#isEnding()) return;
      }
    } finally {
      await Promise.all([...this.#sealers.values()].map((sealer) => sealer.close()));
    }
  }

  drain(): Promise<void> {
    this.#draining.abort(new Error('told to end'));
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.#stopped.abort(new Error('stopped'));
    return this.drain();
  }

  #isEnding(): boolean {
    return this.#draining.signal.aborted;
  }

  /** @returns the failure that weighs most: one that does not pass, else the first. */
  async #cycleAll(): Promise<{ readonly error: unknown } | undefined> {
    const { tables, strategy, events } = this.#options;
    let failure: { readonly error: unknown } | undefined;
    for (const table of tables) {
      if (this.#isEnding()) break;
      try {
        this.#options.onReport(await this.#cycle(table));
      } catch (error) {
        if (this.#stopped.signal.aborted) throw error;
        const reason = messageOf(error);
        events.emit('cycle:failed', { table: table.id, strategy, reason, remedy: remedyOf(error) });
        if (failure === undefined || (isRetryable(failure.error) && !isRetryable(error))) failure = { error };
      }
    }
    return failure;
  }

  #cycle(table: TableConfig): Promise<CycleReport> {
    const { dryRun } = this.#options;
    return runTableCycle({
      ...this.#options,
      table,
      seal: dryRun ? null : this.#sealerOf(table).seal,
      isDraining: () => this.#isEnding(),
      signal: this.#stopped.signal,
    });
  }

  #sealerOf(table: TableConfig): Sealer {
    const sealer = this.#sealers.get(table.id) ?? this.#options.createSealer(table);
    this.#sealers.set(table.id, sealer);
    return sealer;
  }

  /** Ends early, with a rejection that means nothing, when told to end. */
  async #pause(ms: number): Promise<void> {
    await delay(Math.max(0, ms), undefined, { signal: this.#draining.signal }).catch(() => undefined);
  }
}
