import type { OperatorFunction } from 'rxjs';
import { assert } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import type { Events } from '../base/event-map.ts';
import type { CommitUnit, SealUnit } from '../model/commit-unit.ts';
import type { Micros } from '../model/micros.ts';
import type { Offset } from '../model/offset.ts';
import type { Beginning, Progress } from '../model/progress.ts';
import type { Entry } from '../model/row.ts';
import type { SealResult, SealWindow } from '../model/seal.ts';
import { countByWindow } from './count-by-window.ts';
import { Gatherer } from './gatherer.ts';
import { checkLogReaches, checkWindowSize, nextProgress, restoreProgress } from './next-progress.ts';
import type { ProgressLog } from './progress-log.ts';
import { reportCommitted } from './report-committed.ts';
import { sealOrSupplement } from './seal-or-supplement.ts';
import type { SplitDue } from './split-due.ts';

export interface PartitionWorkerOptions {
  /** `schema.name`. */
  readonly table: string;
  readonly partition: number;
  readonly partitionCount: number;
  readonly holdMicros: number;
  readonly windowSizeMicros: number;
  readonly gather: (progress: Progress) => OperatorFunction<Entry, CommitUnit>;
  readonly splitDue: SplitDue;
  readonly seal: SealWindow;
  readonly log: ProgressLog;
  /** Where the partition begins when the group has committed nothing. */
  readonly begin: () => Promise<Beginning>;
  /** Called after a commit that moved this partition's watermark. Must return quickly. */
  readonly onWatermark: (moved: { from: Micros; to: Micros }) => void;
  readonly clock: Clock;
  /** Resolves at the wall-clock time, or rejects with the signal's reason. */
  readonly waitUntil: (time: Micros, signal: AbortSignal) => Promise<void>;
  readonly events: Events;
}

/**
 * Archives one partition: gate → gather → seal → commit, one pulled batch at a time.
 *
 * States: `idle` before start; `gathering` while a batch passes; `sealing` while a unit is made durable and
 * committed; `ended` after revoke or drain. RxJS has no back-pressure, so the worker pulls: an entry goes into the
 * operators only when every unit that the one before it closed is committed.
 */
export class PartitionWorker {
  readonly #options: PartitionWorkerOptions;
  #abort = new AbortController();
  #gatherer: Gatherer | undefined;
  #progress: Progress | undefined;
  /** What stood before the log's beginning is known to be archived. */
  #isProven = false;
  #draining = false;
  #wake: (() => void) | undefined;
  #busy: Promise<void> = Promise.resolve();

  constructor(options: PartitionWorkerOptions) {
    this.#options = options;
  }

  /**
   * Fences, restores, forgets everything gathered before.
   *
   * @returns the offset at which reading begins.
   */
  async start(): Promise<Offset> {
    this.#abort.abort(new Error('restarted'));
    this.#abort = new AbortController();
    const { progress, logStart, isReset = false } = await this.#options.log.open();
    const restored = progress ?? restoreProgress({ ...(await this.#options.begin()), logStart });
    this.#isProven = progress !== null || isReset || logStart === 0;
    checkWindowSize(restored, this.#options.windowSizeMicros);
    this.#progress = restored;
    this.#gatherer?.end();
    this.#gatherer = new Gatherer(this.#options.gather(restored));
    const { table, partition, events } = this.#options;
    events.emit('partition:restored', {
      table,
      partition,
      watermark: restored.watermark,
      offset: restored.offset,
    });
    return restored.offset;
  }

  /** Takes the entries of one batch, waits at the gate for those not yet due, and commits every unit they close. */
  consume(entries: readonly Entry[]): Promise<void> {
    const done = this.#consume(entries, this.#abort.signal);
    this.#busy = Promise.allSettled([done]).then(() => undefined);
    return done;
  }

  /** Revoked: whatever is under way is abandoned; its next owner does it again. */
  async revoke(): Promise<void> {
    this.#abort.abort(new Error('revoked'));
    await this.#busy;
    this.#gatherer?.end();
    await this.#options.log.close();
  }

  /** Shutdown: the unit under way is finished and committed; nothing more is taken. */
  async drain(): Promise<void> {
    this.#draining = true;
    this.#wake?.();
    await this.#busy;
    await this.revoke();
  }

  async #consume(entries: readonly Entry[], signal: AbortSignal): Promise<void> {
    const { clock, holdMicros, splitDue } = this.#options;
    const gatherer = this.#gatherer;
    assert(gatherer !== undefined, 'a batch came before the worker was started');
    let rest = entries;
    this.#checkFirst(entries[0]);
    while (rest.length > 0 && !this.#draining) {
      signal.throwIfAborted();
      const { due, waiting, dueAt } = splitDue({ entries: rest, now: clock.now(), holdMicros });
      // Before a seal of them is told.
      this.#reportReceived(due);
      for (const entry of due) {
        for (const unit of gatherer.take(entry)) {
          if (this.#draining) return;
          await this.#commitUnit(unit, signal);
        }
      }
      if (dueAt !== null) await this.#waitAtGate(dueAt, signal);
      rest = waiting;
    }
  }

  #checkFirst(first: Entry | undefined): void {
    const progress = this.#progress;
    if (this.#isProven || first === undefined || progress === undefined) return;
    checkLogReaches({ logStart: progress.offset, clock: first.clock, watermark: progress.watermark });
    this.#isProven = true;
  }

  async #waitAtGate(until: Micros, signal: AbortSignal): Promise<void> {
    const { table, partition, events, waitUntil, clock } = this.#options;
    if (until > clock.now()) events.emit('partition:gated', { table, partition, until });
    const awakened = new AbortController();
    this.#wake = () => awakened.abort();
    try {
      await waitUntil(until, AbortSignal.any([signal, awakened.signal]));
    } catch (error) {
      if (!this.#draining || signal.aborted) throw error;
    } finally {
      this.#wake = undefined;
    }
  }

  async #commitUnit(unit: CommitUnit, signal: AbortSignal): Promise<void> {
    const before = this.#progress;
    assert(before !== undefined, 'a unit closed before the worker was started');
    assert(unit.progress.watermark >= before.watermark, 'a watermark went back');
    const startedAt = this.#options.clock.now();
    const parts = new Map(before.early.map((window) => [window.end, window.parts]));
    const results: SealResult[] = [];
    for (const seal of unit.seals) {
      const result = await this.#seal(seal, parts.get(seal.window.end) ?? 0, signal);
      if (seal.kind === 'early') {
        parts.set(seal.window.end, (parts.get(seal.window.end) ?? 0) + result.manifest.shards.length);
      }
      results.push(result);
    }
    signal.throwIfAborted();
    const progress = nextProgress({
      before,
      unit,
      results,
      parts,
      windowSizeMicros: this.#options.windowSizeMicros,
    });
    await this.#options.log.commit({ seals: results, unit, progress });
    this.#progress = progress;
    reportCommitted({
      unit,
      results,
      durationMs: (this.#options.clock.now() - startedAt) / 1000,
      ...this.#options,
    });
    if (progress.watermark > before.watermark) {
      this.#options.onWatermark({ from: before.watermark, to: progress.watermark });
    }
  }

  #seal(unit: SealUnit, parts: number, signal: AbortSignal): Promise<SealResult> {
    const { table, partition, partitionCount, seal, events } = this.#options;
    const place = { table, partition, partitionCount };
    return sealOrSupplement({ unit, parts, place, seal, events, signal }, this.#progress?.sealedUntil);
  }

  #reportReceived(due: readonly Entry[]): void {
    const { table, partition, events, windowSizeMicros } = this.#options;
    const windows = countByWindow(due, windowSizeMicros);
    const rows = windows.reduce((sum, window) => sum + window.rows, 0);
    if (rows > 0) events.emit('rows:received', { table, partition, rows, windows });
  }
}
