/** What capture holds in memory at most: the batch that is written, one that waits, and one that fills. */
export interface CaptureLimits {
  /** Rows of one Kafka transaction. */
  readonly batchRowsMax: number;
  /** Bytes of one Kafka transaction, counted as characters of JSON. */
  readonly batchBytesMax: number;
  /** Age at which a batch is written although it is small. */
  readonly batchAgeMaxMs: number;
  /** Rows of one page of the snapshot; fewer where rows are large. */
  readonly snapshotPageRowsMax: number;
  /** How long Postgres may be silent before capture looks whether the connection still lives. */
  readonly silenceMaxMs: number;
}

export const DEFAULT_CAPTURE_LIMITS: CaptureLimits = {
  // Larger ones are not faster, but their rows live until the old generation is collected: 10,000 took 50 MB more.
  batchRowsMax: 4_000,
  batchBytesMax: 8 * 1024 * 1024,
  batchAgeMaxMs: 250,
  snapshotPageRowsMax: 5_000,
  silenceMaxMs: 30_000,
};
