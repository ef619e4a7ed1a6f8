import type { Micros } from '../../model/micros.ts';
import type { Progress } from '../../model/progress.ts';

/** What `tidemark adjust` will do to one partition. */
export interface PartitionPlan {
  readonly partition: number;
  /** `none`: the group has committed nothing, or stands there already. */
  readonly direction: 'back' | 'forward' | 'none';
  /** As it is committed; null when nothing is. */
  readonly before: Progress | null;
  /** What will be committed; null when nothing will. */
  readonly after: Progress | null;
}

export interface AdjustPlan {
  readonly table: string;
  readonly to: Micros;
  /** The row of des_archive_config. */
  readonly archivedUntil: Micros;
  /** None where cycles archive the table without Kafka. */
  readonly partitions: readonly PartitionPlan[];
  /** Seals on the sink whose windows end above `to`, where the watermark goes back. */
  readonly regathered: { readonly seals: number; readonly shards: number };
  /** Rows of the table in the span that is passed over, at most {@link SKIPPED_ROWS_MAX}; 0 where it goes back. */
  readonly skippedRows: number;
}

/** Beyond, "or more" is all that is said. */
export const SKIPPED_ROWS_MAX = 1_000_000;

/** True when nothing would change. */
export function isDone({ to, archivedUntil, partitions }: AdjustPlan): boolean {
  return archivedUntil === to && partitions.every(({ after }) => after === null);
}
