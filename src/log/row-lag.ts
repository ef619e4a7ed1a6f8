import type { Offset } from '../model/offset.ts';

/** What the log and the archive's progress say of one partition. Rows are counted since its beginning. */
export interface PartitionCounts {
  /** Sent: what the last mark counted, and what stands behind it. */
  readonly sent: number;
  /** Sent before the last mark that is older than the hold: these have passed it, at least. */
  readonly sentBeforeHeld: number;
  /** Sent before the last mark that is older than the cutoff: these are due, at least. */
  readonly sentBeforeDue: number;
  /** Every window that is due is sealed: what is left of due rows has a created_at in a later one. */
  readonly isCaughtUp: boolean;
  /** Sent before the committed offset: all of them are sealed. */
  readonly sentBeforeCommitted: number;
  /** Sent before the position up to which the log was gathered: behind it nothing is sealed. */
  readonly sentBeforePosition: number;
  /** Sealed, of every fate, as the archive has counted them. */
  readonly sealed: number;
  /** Marks from the committed offset on. */
  readonly marks: number;
  /** From the committed offset, or where the log begins, to the end. */
  readonly offsets: { readonly from: Offset; readonly end: Offset };
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

/** The same rows, and what else stands between them: the five add up to `offsets`. */
export interface PartitionRowLag extends RowLag {
  /** From the committed offset to the end: what Kafka's own tools call the lag. */
  readonly offsets: number;
  /** Rows behind the committed offset that are sealed: the offset waits for an older row of a later window. */
  readonly sealedAhead: number;
  readonly marks: number;
  /** Markers of transactions, records of aborted ones, messages of strangers. */
  readonly rest: number;
}

/**
 * What is sealed was sent first, so it is taken from the oldest rows. Pure.
 *
 * The archive's own count of sealed rows says how many of those behind the committed offset are among them. It is not
 * believed beyond what the log allows: a group that lost its offsets counts from zero again, and an at-least-once
 * source sends rows that no mark has counted.
 */
export function computeRowLag(counts: PartitionCounts): PartitionRowLag {
  const { sent, sentBeforeCommitted, sentBeforePosition, marks } = counts;
  const gathered = Math.max(0, sentBeforePosition - sentBeforeCommitted);
  const sealedAhead = Math.min(gathered, Math.max(0, counts.sealed - sentBeforeCommitted));
  const sealed = sentBeforeCommitted + sealedAhead;
  const unsealed = Math.max(0, sent - sealed);
  const notYetDue = Math.min(unsealed, Math.max(0, sent - counts.sentBeforeHeld));
  const notOverdue = counts.isCaughtUp
    ? unsealed
    : Math.min(unsealed, Math.max(notYetDue, sent - counts.sentBeforeDue));
  const offsets = counts.offsets.end - counts.offsets.from;
  return {
    ...{ sent, sealed, notYetDue, gathering: notOverdue - notYetDue, overdue: unsealed - notOverdue },
    ...{ offsets, sealedAhead, marks, rest: offsets - unsealed - sealedAhead - marks },
  };
}

/** Over the partitions of a table. Pure. */
export function addRowLags(partitions: readonly RowLag[]): RowLag {
  const sum = (count: (lag: RowLag) => number): number =>
    partitions.reduce((total, lag) => total + count(lag), 0);
  return {
    sent: sum(({ sent }) => sent),
    sealed: sum(({ sealed }) => sealed),
    notYetDue: sum(({ notYetDue }) => notYetDue),
    gathering: sum(({ gathering }) => gathering),
    overdue: sum(({ overdue }) => overdue),
  };
}
