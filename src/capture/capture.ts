import { setTimeout as delay } from 'node:timers/promises';
import { isRetryable, messageOf, TidemarkError } from '../base/errors.ts';
import type { Stage } from '../base/stage.ts';
import type { CaptureOptions } from './capture-options.ts';
import { runCaptureSession } from './capture-session.ts';
import { computeBackoffMs } from './backoff.ts';
import { explainStreamFailure, readSlotOwner } from './stream-failure.ts';

/** A standby asks for the slot this often. */
const STANDBY_INTERVAL_MS = 1_000;

/** A session that lived this long was a success: the next failure begins with a short wait again. */
const SETTLED_AFTER_MS = 30_000;

/**
 * Postgres → log, exactly once, until told otherwise.
 *
 * One process owns the slot; another one waits as a standby and takes over. What may pass (Postgres or Kafka
 * away) is tried again with backoff; what does not pass ends `run` with the error that says what to do.
 */
export function createCapture(options: CaptureOptions): Stage {
  return new Capture(options);
}

class Capture implements Stage {
  readonly #options: CaptureOptions;
  readonly #drain = new AbortController();
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: CaptureOptions) {
    this.#options = options;
  }

  /** @throws TidemarkError ERR_FENCED, ERR_SLOT_LOST, ERR_WAL_REWOUND, ERR_PUBLICATION_INVALID, ERR_PREREQUISITE, ERR_TABLE_INVALID, ERR_TOPIC_INVALID, ERR_METADATA_INVALID. */
  run(): Promise<void> {
    this.#running ??= this.#runSessions();
    return this.#running;
  }

  async drain(): Promise<void> {
    this.#drain.abort();
    await this.#running;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  get #isEnded(): boolean {
    return this.#drain.signal.aborted || this.#stop.signal.aborted;
  }

  async #runSessions(): Promise<void> {
    const signals = { drain: this.#drain.signal, stop: this.#stop.signal };
    for (let attempt = 1; !this.#isEnded; attempt++) {
      const startedMs = performance.now();
      try {
        await runCaptureSession(this.#options, signals);
      } catch (error) {
        if (performance.now() - startedMs > SETTLED_AFTER_MS) attempt = 1;
        const isWaiting = await this.#handle(error, attempt);
        if (isWaiting) attempt = 0;
      }
    }
  }

  /** @returns true when another process has the slot: waiting for it is no failure. */
  async #handle(error: unknown, attempt: number): Promise<boolean> {
    const { postgresUrl: url, slot, events } = this.#options;
    const failure = await explainStreamFailure(error, { ...this.#options, url });
    if (this.#isEnded && this.#stop.signal.aborted) return false;
    if (!isRetryable(failure)) throw failure;
    if (failure instanceof TidemarkError && failure.code === 'ERR_SLOT_IN_USE') {
      events.emit('capture:waiting', { slot, activePid: await readSlotOwner(url, slot) });
      await this.#wait(STANDBY_INTERVAL_MS);
      return true;
    }
    const delayMs = computeBackoffMs(attempt);
    events.emit('capture:reconnecting', {
      attempt,
      delayMs,
      reason: messageOf(failure),
    });
    await this.#wait(delayMs);
    return false;
  }

  async #wait(ms: number): Promise<void> {
    const signal = AbortSignal.any([this.#drain.signal, this.#stop.signal]);
    // Ends early, with a rejection that means nothing, when told to end.
    await delay(ms, undefined, { signal }).catch(() => undefined);
  }
}
