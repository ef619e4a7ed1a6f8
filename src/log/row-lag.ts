/** Rows of one partition, counted since its beginning. */
export interface PartitionCounts {
  /** Ever sent, as the last mark says. */
  readonly sent: number;
  /** Those that have passed the hold, at least. */
  readonly sentBeforeHeld: number;
  /** Those that are due, at least. */
  readonly sentBeforeDue: number;
  /** Of every fate: archived, duplicate, rejected. */
  readonly sealed: number;
}

/** Where the rows that are not sealed stand; the three add up to `sent − sealed`. */
export interface RowLag {
  readonly sent: number;
  readonly sealed: number;
  /** Younger than `hold`: they wait in Kafka. */
  readonly notYetDue: number;
  /** Past the hold, but their window is not as old as `lag`. */
  readonly gathering: number;
  /** Their window is older than `lag` and not sealed. */
  readonly overdue: number;
}

/** Adds the partitions up. What is sealed was sent first, so it is taken from the oldest rows. Pure. */
export function computeRowLag(partitions: readonly PartitionCounts[]): RowLag {
  let [sent, sealed, notYetDue, gathering, overdue] = [0, 0, 0, 0, 0];
  for (const counts of partitions) {
    sent += counts.sent;
    sealed += counts.sealed;
    // Rows sealed after the last mark are ahead of the count for a moment.
    const unsealed = Math.max(0, counts.sent - counts.sealed);
    const held = Math.min(unsealed, Math.max(0, counts.sent - counts.sentBeforeHeld));
    const young = Math.min(unsealed, Math.max(held, counts.sent - counts.sentBeforeDue));
    notYetDue += held;
    gathering += young - held;
    overdue += unsealed - young;
  }
  return { sent, sealed, notYetDue, gathering, overdue };
}
