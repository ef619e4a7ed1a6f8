import type { Lsn } from './lsn.ts';
import type { Micros } from './micros.ts';
import type { Offset } from './offset.ts';
import type { Mark } from './mark.ts';

/** A row as capture hands it on: already JSON, because nobody between the WAL and the shard looks inside it again. */
export interface CapturedRow {
  /** `schema.name` of its table. */
  readonly table: string;
  /** `c` from the stream, `r` from the snapshot. */
  readonly op: 'c' | 'r';
  /** JSON text of the key, `{"uid":…}`. Its bytes decide the partition. */
  readonly keyJson: string;
  /** JSON text of the row with every captured column, in the table's order. Becomes its line in `rows.ndjson`. */
  readonly afterJson: string;
  /** Commit LSN of its transaction (of a snapshot row: the LSN of the snapshot). */
  readonly lsn: Lsn;
  readonly txId: number;
  /** When its transaction committed, by the server's clock (of a snapshot row: its created_at). The gate waits for it. */
  readonly committedAt: Micros;
}

/** What stands in the log, decoded. */
export type Entry = RowEntry | MarkEntry | PoisonEntry;

export interface RowEntry {
  readonly kind: 'row';
  readonly offset: Offset;
  readonly uid: string;
  readonly createdAt: Micros;
  readonly fileLocation: string | null;
  /** Bytes, when the row says it. */
  readonly sizeBytes: number | null;
  /** UTF-8 JSON of the row, without a line end. A view into the pulled batch: copy it to keep it. */
  readonly line: Uint8Array;
  /** See {@link MarkEntry.clock}. */
  readonly clock: Micros;
  /** When its transaction committed, by the server's clock alone. */
  readonly serverClock: Micros;
  /** Sent again by `tidemark rejects --retry`: no mark counts it. */
  readonly isRetry?: true;
}

/** What the archive reads of a row itself; the rest is its line. */
export type ReadColumns = Pick<RowEntry, 'uid' | 'createdAt' | 'fileLocation' | 'sizeBytes'>;

export interface MarkEntry {
  readonly kind: 'mark';
  readonly offset: Offset;
  readonly mark: Mark;
  /**
   * What the gate compares with the wall clock: the record's server clock, or the time at which the log took the
   * record when that is earlier. A server whose clock was ahead would otherwise close the gate until then.
   */
  readonly clock: Micros;
}

/** A message that is neither row nor mark, or a row that can never be archived (no uid, created_at `infinity`). */
export interface PoisonEntry {
  readonly kind: 'poison';
  readonly offset: Offset;
  readonly reason: RejectReason;
  /** What is wrong, for people; never the row's values. */
  readonly detail: string;
  /** True when it counts as a row that capture sent. */
  readonly isRow: boolean;
  readonly uid: string | null;
  readonly clock: Micros;
}

/** Why a row cannot be archived. The words are part of the product's face (docs/events/README.md). */
export const REJECT_REASONS = [
  'file_missing',
  'file_size_differs',
  'file_outside_roots',
  'file_not_regular',
  'file_unreadable',
  'file_changed',
  'file_location_missing',
  'record_invalid',
  'uid_invalid',
  'created_at_invalid',
  'created_at_far_ahead',
] as const;

/** One of them. */
export type RejectReason = (typeof REJECT_REASONS)[number];

/** A row that could not be archived: listed in the manifest, published, counted. */
export interface Reject {
  readonly uid: string | null;
  readonly createdAt: Micros | null;
  readonly fileLocation: string | null;
  readonly reason: RejectReason;
  readonly detail: string;
  readonly offset: Offset | null;
}
