import type { Micros } from './micros.ts';
import type { Offset } from './offset.ts';

/**
 * How far one partition is archived, as it stands in the consumer group's offset and its metadata.
 *
 * Rows at or below `watermark` that stand before `position` were sealed already; at or after it they are late.
 */
export interface Progress {
  /** Offset of the oldest row not yet sealed: where gathering starts again. */
  readonly offset: Offset;
  /** archived_until of this partition. */
  readonly watermark: Micros;
  /** Up to here (exclusive) the log has been gathered. */
  readonly position: Offset;
  /** Counts the seals of this partition, so that an operator can tell two states apart. */
  readonly epoch: number;
  /** Rows sealed so far in this partition, of every fate. */
  readonly rowsSealed: number;
  /** Windows of which early parts are sealed already. Bounded by {@link OPEN_EARLY_MAX}. */
  readonly early: readonly EarlyWindow[];
  /** Length of the windows in `early`; absent while there are none. They make no sense under another length. */
  readonly earlySizeMicros?: number;
  /**
   * The watermark was set back from here: windows up to it were sealed before, so rows of theirs may stand in shards
   * already. Absent once the watermark is there again.
   */
  readonly regatherUntil?: Micros;
  /**
   * Windows up to here may stand on the sink already, sealed before the group's offsets were lost; absent once the
   * watermark is there.
   */
  readonly sealedUntil?: Micros;
  /** What the audit knows at `offset`: rows since the mark before it; null when it must start afresh. */
  readonly audit: { readonly sequence: number; readonly rows: number } | null;
}

export interface EarlyWindow {
  readonly end: Micros;
  /** Rows of this window before this offset are sealed. */
  readonly position: Offset;
  /** Shards of this window so far. */
  readonly parts: number;
}

/** Kafka keeps 4,096 bytes of metadata an offset by default; 32 windows with early parts fit well. */
export const OPEN_EARLY_MAX = 32;

/** Where a partition begins of which the group knows nothing. */
export interface Beginning {
  readonly watermark: Micros;
  /** See {@link Progress.sealedUntil}. */
  readonly sealedUntil?: Micros;
  /** Open windows of which early parts stand on the sink already. */
  readonly early: readonly { readonly end: Micros; readonly parts: number }[];
  /** See {@link Progress.earlySizeMicros}. */
  readonly earlySizeMicros?: number;
}
