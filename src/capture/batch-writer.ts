import type { Events } from '../base/event-map.ts';
import { failpoint } from '../base/failpoint.ts';
import type { CapturePosition, PendingMark } from '../model/capture-position.ts';
import type { Lsn } from '../model/lsn.ts';
import type { CapturedRow } from '../model/row.ts';
import type { CaptureLimits } from './capture-limits.ts';
import type { CaptureLog } from './capture-log.ts';
import { estimateRecordBytes } from './record-size.ts';

export interface BatchWriterOptions {
  readonly log: CaptureLog;
  readonly limits: CaptureLimits;
  readonly events: Events;
  /** The position behind the last row that was added, asked whenever a batch is closed. */
  readonly currentPosition: () => CapturePosition;
  /** Commit LSN of the last transaction that was read whole; null before the first. */
  readonly lastWholeLsn: () => Lsn | null;
  /** The log has it: the slot may be told. */
  readonly onCommitted: (wholeLsn: Lsn) => void;
  readonly pause: () => void;
  readonly resume: () => void;
}

interface Batch {
  readonly rows: CapturedRow[];
  bytes: number;
}

interface ClosedBatch extends Batch {
  readonly mark: PendingMark | null;
  readonly position: CapturePosition;
  readonly wholeLsn: Lsn | null;
}

/**
 * Gathers rows into batches and writes one after the other. While one is under way the next one fills; when that
 * is full too, the source is paused, so three batches are all that ever stands in memory.
 */
export class BatchWriter {
  readonly #options: BatchWriterOptions;
  #open: Batch = { rows: [], bytes: 0 };
  readonly #closed: ClosedBatch[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isDue = false;
  #isWriting = false;
  #isPaused = false;
  #fail!: (error: unknown) => void;
  #onIdle: () => void = () => undefined;
  /** Rejects when a batch could not be written; never resolves. */
  readonly failed: Promise<never>;

  constructor(options: BatchWriterOptions) {
    this.#options = options;
    this.failed = new Promise<never>((_resolve, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => undefined);
  }

  /** To be called after the position covers the row. */
  add(row: CapturedRow): void {
    const { limits } = this.#options;
    const batch = this.#open;
    batch.rows.push(row);
    batch.bytes += estimateRecordBytes(row);
    if (batch.rows.length >= limits.batchRowsMax || batch.bytes >= limits.batchBytesMax) this.#close(null);
    else if (batch.rows.length === 1) this.#armTimer();
  }

  /** A mark ends its batch: the rows that it counts stand before it in the same transaction. */
  addMark(mark: PendingMark): void {
    this.#close(mark);
  }

  /** Writes what there is and waits for it. */
  async drain(): Promise<void> {
    if (this.#open.rows.length > 0) this.#close(null);
    const idle = new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
    if (!this.#isWriting) return;
    await Promise.race([idle, this.failed]);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#closed.length = 0;
    this.#isDue = false;
  }

  #armTimer(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#isDue = true;
      if (!this.#isWriting && this.#open.rows.length > 0) this.#close(null);
    }, this.#options.limits.batchAgeMaxMs);
  }

  #close(mark: PendingMark | null): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isDue = false;
    const { currentPosition, lastWholeLsn } = this.#options;
    this.#closed.push({ ...this.#open, mark, position: currentPosition(), wholeLsn: lastWholeLsn() });
    this.#open = { rows: [], bytes: 0 };
    if (!this.#isWriting) this.#writeAll().catch((error: unknown) => this.#fail(error));
    this.#pauseOrResume();
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    for (let batch = this.#closed.shift(); batch !== undefined; batch = this.#next()) {
      this.#pauseOrResume();
      await this.#write(batch);
    }
    this.#isWriting = false;
    this.#onIdle();
  }

  /** A small batch whose time has come while another was under way is written now. */
  #next(): ClosedBatch | undefined {
    if (this.#closed.length === 0 && this.#isDue && this.#open.rows.length > 0) this.#close(null);
    return this.#closed.shift();
  }

  async #write({ rows, bytes, mark, position, wholeLsn }: ClosedBatch): Promise<void> {
    const { log, events, onCommitted } = this.#options;
    const startedMs = performance.now();
    await log.write({ rows, mark, position });
    const durationMs = performance.now() - startedMs;
    if (wholeLsn !== null) onCommitted(wholeLsn);
    failpoint('capture:acknowledged');
    events.emit('capture:committed', { rows: rows.length, bytes, lsn: position.lsn, durationMs });
    if (mark === null) return;
    const { epoch, sequence } = mark;
    const time = position.time;
    if (time !== null) events.emit('mark:sent', { time, epoch, sequence });
  }

  #pauseOrResume(): void {
    const isFull = this.#closed.length > 0;
    if (isFull === this.#isPaused) return;
    this.#isPaused = isFull;
    if (!isFull) return this.#options.resume();
    this.#options.pause();
    const waiting = [...this.#closed, this.#open];
    this.#options.events.emit('capture:paused', {
      inFlightRows: waiting.reduce((sum, batch) => sum + batch.rows.length, 0),
      inFlightBytes: waiting.reduce((sum, batch) => sum + batch.bytes, 0),
    });
  }
}
