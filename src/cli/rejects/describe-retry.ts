import { formatCount } from '../text-table.ts';
import type { RetryOutcome } from './retry-rejects.ts';

export type RetryCounts = Readonly<Record<RetryOutcome['outcome'], number>>;

export const NOTHING_RETRIED: RetryCounts = { sent: 0, archived: 0, unfit: 0, gone: 0 };

export function countOutcome(counts: RetryCounts, { outcome }: Pick<RetryOutcome, 'outcome'>): RetryCounts {
  return { ...counts, [outcome]: counts[outcome] + 1 };
}

/** What became of the rejects that were tried again, for people. @param hold how long the sent ones wait in Kafka. */
export function describeRetry({ sent, archived, unfit, gone }: RetryCounts, hold: string): string {
  return (
    `${formatCount(sent)} sent again, ${formatCount(archived)} archived already, ${formatCount(unfit)} still unfit, ${formatCount(gone)} gone` +
    (sent === 0 ? '' : `; the archive comes to them after ${hold} at least`)
  );
}
