import type { Lsn } from './lsn.ts';
import type { Micros } from './micros.ts';

/**
 * Capture's promise in one partition: every row whose created_at ≤ `time`, and whose transaction stamped it
 * with `now()`, stands before this mark.
 */
export interface Mark {
  readonly time: Micros;
  /** Counts the owners of capture's position; goes up by one with each start. */
  readonly epoch: number;
  /** Counts the marks since the slot was first read; never goes back, not even across epochs. */
  readonly sequence: number;
  /** Commit LSN of the transaction that carried the mark through the WAL. */
  readonly lsn: Lsn;
  /** The server's clock when the mark was taken (of a snapshot's marks: the scan position). The gate waits for it. */
  readonly clock: Micros;
  /** Rows sent to this partition since the mark before this one. */
  readonly rows: number;
  /** Rows ever sent to this partition. */
  readonly rowsTotal: number;
}
