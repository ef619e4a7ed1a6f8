import type { CapturePosition, PendingMark } from '../model/capture-position.ts';
import type { CapturedRow } from '../model/row.ts';

/** What capture asks of the log. The log is free to be Kafka or, in a test, a list. */
export interface CaptureLog {
  /**
   * Makes every earlier owner powerless, then reads what was committed last; null when nothing was.
   * May be called again after {@link write} has failed.
   */
  open(): Promise<CapturePosition | null>;
  /** Rows that were sent since the last mark are no longer counted by the next one. After {@link open}. */
  countAnew(): void;
  /** All of the batch becomes visible together with the position, or nothing. Never called twice at once. */
  write(batch: CaptureBatch): Promise<void>;
  close(): Promise<void>;
}

export interface CaptureBatch {
  readonly rows: readonly CapturedRow[];
  /** Stands behind the rows, in every partition. */
  readonly mark: PendingMark | null;
  readonly position: CapturePosition;
}
