import type { CommitUnit } from '../model/commit-unit.ts';
import type { Offset } from '../model/offset.ts';
import type { Progress } from '../model/progress.ts';
import type { SealResult } from '../model/seal.ts';

interface OpenedLog {
  /** Null when nothing is committed for the partition. */
  readonly progress: Progress | null;
  readonly logStart: Offset;
  /** Somebody has set the offset to the beginning of the log, and knows what may be missing before it. */
  readonly isReset?: boolean;
}

/** The log side of one partition: what fences, what is committed, and how. */
export interface ProgressLog {
  open(): Promise<OpenedLog>;
  commit(update: { seals: readonly SealResult[]; unit: CommitUnit; progress: Progress }): Promise<void>;
  close(): Promise<void>;
}
