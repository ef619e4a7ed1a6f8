import type { Micros } from './micros.ts';
import type { Offset } from './offset.ts';
import type { Progress } from './progress.ts';
import type { RejectReason } from './row.ts';
import type { SealKind, ShardInfo } from './shard.ts';
import type { Window } from './window.ts';

/** A shard as an event has announced it. */
export interface AnnouncedShard extends Pick<ShardInfo, 'name' | 'sha256' | 'bytes' | 'files'> {
  readonly table: string;
  readonly kind: SealKind;
  readonly window: Window;
  readonly partition: number;
  /** When its seal was committed. */
  readonly time: Micros;
}

/** Why a source file is left where it is, in the words of the rejects. */
export type KeptReason = Extract<
  RejectReason,
  'file_changed' | 'file_not_regular' | 'file_outside_roots' | 'file_location_missing'
>;

/** What became of the source files of one shard, or of several. */
export interface CleanupTally {
  readonly removedFiles: number;
  readonly removedBytes: number;
  /** Not there (any more): removed by an earlier try, or by somebody else. */
  readonly missingFiles: number;
  /** By reason. */
  readonly kept: Readonly<Partial<Record<KeptReason, number>>>;
}

export const NOTHING_CLEANED: CleanupTally = {
  removedFiles: 0,
  removedBytes: 0,
  missingFiles: 0,
  kept: {},
};

export function addTallies(a: CleanupTally, b: CleanupTally): CleanupTally {
  const kept = { ...a.kept };
  for (const [reason, files] of Object.entries(b.kept) as [KeptReason, number][])
    kept[reason] = (kept[reason] ?? 0) + files;
  return {
    removedFiles: a.removedFiles + b.removedFiles,
    removedBytes: a.removedBytes + b.removedBytes,
    missingFiles: a.missingFiles + b.missingFiles,
    kept,
  };
}

export function keptFiles({ kept }: Pick<CleanupTally, 'kept'>): number {
  return Object.values(kept).reduce((sum, files) => sum + files, 0);
}

/**
 * True when the archive's group has committed the seal that made a shard. A reader may be shown events of a
 * transaction that was aborted (docs/decisions/0024-kafkajs-and-aborted-transactions.md); their windows are gathered
 * again, and need their files. Pure.
 *
 * @param seal.lastOffset of its rows in the log; null when the seal came through the batch path.
 * @param progress of its partition; null where the group knows nothing.
 */
export function isSealCommitted(
  seal: { readonly kind: SealKind; readonly window: Window; readonly lastOffset: Offset | null },
  progress: Pick<Progress, 'watermark' | 'position'> | null,
): boolean {
  if (progress === null || progress.watermark < seal.window.end) return false;
  // The watermark stood there before a supplement was made: what tells is how far the log has been gathered.
  return seal.kind !== 'late' || (seal.lastOffset !== null && progress.position > seal.lastOffset);
}
