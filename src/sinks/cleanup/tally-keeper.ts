import { addTallies, NOTHING_CLEANED } from '../../model/cleanup.ts';
import type { CleanupTally, KeptReason } from '../../model/cleanup.ts';
import type { ArchivedSource } from './archived-sources.ts';
import type { FileOutcome } from './clean-file.ts';

/** Enough to go and look. */
const EXAMPLES_MAX = 5;

/** Files of one shard that were left for the same reason. */
export interface KeptFiles {
  readonly reason: KeptReason;
  readonly files: number;
  /** Uids of the first of them. */
  readonly uids: readonly string[];
}

/** Counts what becomes of the files of one shard. */
export class TallyKeeper {
  #tally = NOTHING_CLEANED;
  readonly #uids = new Map<KeptReason, string[]>();

  add(source: Pick<ArchivedSource, 'uid' | 'sizeBytes'>, outcome: FileOutcome): void {
    this.#tally = addTallies(this.#tally, tallyOf(source, outcome));
    if (outcome.kind !== 'kept') return;
    const uids = this.#uids.get(outcome.reason) ?? [];
    this.#uids.set(outcome.reason, uids);
    if (uids.length < EXAMPLES_MAX) uids.push(source.uid);
  }

  total(): CleanupTally {
    return this.#tally;
  }

  kept(): KeptFiles[] {
    return [...this.#uids].map(([reason, uids]) => ({
      reason,
      uids,
      files: this.#tally.kept[reason] ?? 0,
    }));
  }
}

function tallyOf({ sizeBytes }: Pick<ArchivedSource, 'sizeBytes'>, outcome: FileOutcome): CleanupTally {
  switch (outcome.kind) {
    case 'removed':
      return { ...NOTHING_CLEANED, removedFiles: 1, removedBytes: sizeBytes };
    case 'missing':
      return { ...NOTHING_CLEANED, missingFiles: 1 };
    case 'kept':
      return { ...NOTHING_CLEANED, kept: { [outcome.reason]: 1 } };
  }
}
